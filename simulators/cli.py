"""The command line: `load` presses on a broker, `run` plays a fleet, `list` says which fleets there are.

Exit codes: 0 done or stopped by SIGINT/SIGTERM, 1 the broker failed during a load, 2 something asked for is wrong.
"""

import signal
import sys
from typing import Annotated

import typer

from simulators.cycle import PayloadFormat, Traffic
from simulators.errors import BrokerError, SimulatorError

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Simulated devices for MQTT brokers.")

MAX_SPEED = 1000

Url = Annotated[str, typer.Option("--url", help="The broker, mqtt://user:password@host:port.")]


@app.command()
def load(  # noqa: PLR0913  # every option of the command is a parameter, that is how typer works
    *,
    url: Url = "mqtt://127.0.0.1:1883",
    rate: Annotated[float, typer.Option(help="Messages a second; 0 as fast as the broker takes them.")] = 0,
    seconds: Annotated[float, typer.Option(help="For how long; 0 until --messages are sent.")] = 0,
    messages: Annotated[int, typer.Option(help="How many messages; 0 as many as --seconds allow.")] = 0,
    devices: Annotated[int, typer.Option(help="How many devices the messages come from.")] = 100,
    metrics: Annotated[int, typer.Option(help="How many metrics a device has.")] = 3,
    qos: Annotated[int, typer.Option(help="0 or 1.")] = 0,
    connections: Annotated[int, typer.Option(help="How many connections share the devices.")] = 1,
    inflight: Annotated[int, typer.Option(help="QoS 1: unacknowledged messages on one connection.")] = 1000,
    payload_format: Annotated[PayloadFormat, typer.Option("--format", help="One JSON object, or a plain number.")] = (
        PayloadFormat.JSON
    ),
    topic_prefix: Annotated[str, typer.Option(help="Topics begin with this.")] = "load",
    stamp: Annotated[bool, typer.Option("--stamp", help="Each payload carries its time of sending in µs.")] = False,
    stamp_key: Annotated[str, typer.Option(help="The stamp's key in JSON; ts is understood as the device time.")] = (
        "ts"
    ),
    seed: Annotated[int, typer.Option(help="The same seed gives the same messages.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Press on a broker with pre-encoded messages and report the rate really reached."""
    from simulators.load import LoadPlan, run_load

    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopped.append(received))
    plan = LoadPlan(
        url=url,
        traffic=Traffic(
            devices=devices,
            metrics=metrics,
            payload_format=payload_format,
            topic_prefix=topic_prefix,
            qos=qos,
            stamp_key=stamp_key if stamp else "",
            seed=seed,
        ),
        rate_hz=rate,
        messages=messages,
        seconds=seconds,
        connections=connections,
        max_in_flight=inflight,
    )
    report = run_load(plan, stop=lambda: bool(stopped))
    if json:
        import orjson

        print(orjson.dumps(report).decode())
        return
    slipped = f", {report.slipped_s:.1f} s behind schedule" if report.slipped_s else ""
    print(
        f"{report.acknowledged:,} messages taken in {report.seconds:.3f} s: {report.rate_hz:,.0f} messages/s"
        f" ({report.bytes_sent / report.seconds / 1e6:.1f} MB/s, own CPU {report.cpu_s:.2f} s{slipped})"
    )


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A built-in scenario (see list), or the path of a TOML file.")],
    *,
    url: Url = "mqtt://127.0.0.1:1883",
    seed: Annotated[int, typer.Option(help="The same seed gives the same fleet.")] = 1,
    devices: Annotated[int, typer.Option(min=0, help="About how many devices; 0 as many as the scenario says.")] = 0,
    speed: Annotated[float, typer.Option(help="How many times faster than true time the fleet lives.")] = 1,
) -> None:
    """Play a fleet until SIGINT or SIGTERM."""
    import asyncio

    from simulators.address import parse_address
    from simulators.errors import PlanError
    from simulators.library import load_scenario
    from simulators.runner import play
    from simulators.scenario import MAX_DEVICES

    if devices > MAX_DEVICES:
        raise PlanError("--devices", f"must be at most {MAX_DEVICES:,}")
    if not 0 < speed <= MAX_SPEED:
        raise PlanError("--speed", f"must be more than 0 and at most {MAX_SPEED:,}")
    asyncio.run(play(load_scenario(scenario), parse_address(url), seed=seed, devices=devices, speed=speed))


@app.command("list")
def list_scenarios() -> None:
    """List the built-in scenarios."""
    from simulators.library import built_in_names, load_scenario

    for name in built_in_names():
        scenario = load_scenario(name)
        count = sum(group.count for group in scenario.devices)
        print(f"{name:<10} {count:>5} devices  {scenario.title}")


def main() -> None:
    """Run the command line; what is asked wrongly gives one sentence and exit code 2."""
    try:
        app(prog_name="python -m simulators")
    except BrokerError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except SimulatorError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
