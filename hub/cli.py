"""The command line: ``hub run``, ``demo``, ``config``, ``token``, ``decode``, ``export``, ``import``, ``backup``.

Exit codes: 0 done, 1 something asked about is wrong (``config check``), 2 the hub cannot start, in one sentence.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import webbrowser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.core.errors import HubError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from hub.app import Addresses
    from hub.config import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The Telemetry Hub: MQTT in, live dashboards out.",
    pretty_exceptions_enable=False,
)  # fmt: skip
config_app = typer.Typer(no_args_is_help=True, help="Looks at settings.")
token_app = typer.Typer(no_args_is_help=True, help="Makes access tokens.")
app.add_typer(config_app, name="config")
app.add_typer(token_app, name="token")

Url = Annotated[str, typer.Option("--url", help="The hub's address.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="TOML file; else HUB_CONFIG, else ./hub.toml if it is there.")
]


@app.command()
def run(config: Config = None) -> None:
    """Run the hub in the foreground until SIGTERM or SIGINT."""
    from hub.loading import load

    loaded = load(config)
    print(f"Data is kept in {loaded.settings.data_dir}.")  # noqa: T201 - this is what the command says

    async def ready(where: Addresses) -> None:
        print(f"Telemetry Hub is ready: {where.dashboard} (broker {_broker(where)})", flush=True)  # noqa: T201 - likewise

    _run(loaded.settings, ready)


@app.command()
def demo(
    *,
    browser: Annotated[bool, typer.Option(help="Open the dashboard if there is a display.")] = True,
    port: Annotated[int, typer.Option(help="The dashboard's port.")] = 8080,
    devices: Annotated[str, typer.Option(help="Scenario of the simulated fleet: a name or a TOML file.")] = "demo",
) -> None:
    """Run all at once: embedded broker, simulated devices of every ecosystem, dashboard, a scratch data folder."""
    from hub.loading import load

    with tempfile.TemporaryDirectory(prefix="telemetry-hub-demo-") as scratch:
        overrides: dict[str, Any] = {
            "data_dir": scratch,
            "mqtt.url": "embedded",
            "broker.port": 1883 if _is_free(1883) else 0,
            "http.port": port,
            "http.max_connections": 1000,
            "decoders.forced": {"lpp/#": "cayenne_lpp"},  # its bytes could be anything's
        }
        settings = load(None, overrides).settings

        async def ready(where: Addresses) -> None:
            print(f"The dashboard is at {where.dashboard} (stop with Ctrl+C)", flush=True)  # noqa: T201 - likewise
            print(f"Publish something of your own: mosquitto_pub -p {where.broker.rpartition(':')[2]}"  # noqa: T201
                  " -t test/room -m '{\"temperature\": 21.5}'", flush=True)  # fmt: skip
            if browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
                await asyncio.to_thread(webbrowser.open, where.dashboard)

        _run(settings, ready, fleet=devices)


@config_app.command("check")
def check_config(config: Config = None) -> None:
    """Validate the settings; name every mistake with file, key and reason."""
    from hub.adapting import normalise_options
    from hub.core.meters import Meters
    from hub.loading import load
    from hub.normalise.router import Router

    try:
        loaded = load(config)
        Router(options=normalise_options(loaded.settings), meters=Meters())
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - likewise
        raise typer.Exit(1) from None
    print(f"{loaded.file or 'The settings'}: no mistakes.")  # noqa: T201 - likewise


@config_app.command("show")
def show_config(config: Config = None) -> None:
    """Show every effective setting and where it comes from, with secrets masked."""
    from hub.loading import load, shown

    for key, value, origin in shown(load(config)):
        print(f"{key:<28} {value:<40} {origin}")  # noqa: T201 - likewise


@token_app.command("create")
def create_token() -> None:
    """Make a token for one person or program."""
    from hub.gateway.tokens import new_token

    token, digest = new_token()
    print(f"Token, shown once:   {token}")  # noqa: T201 - likewise
    print(f'Add to auth.tokens:  "{digest}"')  # noqa: T201 - likewise


@app.command()
def decode(
    topic: Annotated[str, typer.Argument(help="The MQTT topic.")],
    file: Annotated[Path | None, typer.Argument(help="File with the payload; else standard input.")] = None,
    *,
    retain: Annotated[bool, typer.Option(help="As a retained message.")] = False,
    config: Config = None,
) -> None:
    """Show what a payload becomes, and by which rule. Nothing is stored."""
    from hub.decoding import explain
    from hub.loading import load

    payload = file.read_bytes() if file is not None else sys.stdin.buffer.read()
    for line in explain(load(config).settings, topic, payload, retain=retain):
        print(line)  # noqa: T201 - likewise


@app.command("export")
def export_history(  # noqa: PLR0913 - the options of a command
    *,
    url: Url = "http://127.0.0.1:8080",
    devices: Annotated[list[str] | None, typer.Option(help="Topic filter over device ids; may be repeated.")] = None,
    metrics: Annotated[list[str] | None, typer.Option(help="Glob of metric names; may be repeated.")] = None,
    start: Annotated[str, typer.Option(help="RFC 3339, Unix seconds or milliseconds, or relative (-15m).")] = "-24h",
    end: Annotated[str, typer.Option(help="Likewise.")] = "now",
    written: Annotated[str, typer.Option("--format", help="csv, ndjson or parquet.")] = "csv",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; else standard output.")] = None,
) -> None:
    """Write readings of a running hub to a file or standard output. HUB_TOKEN holds its token, if it needs one."""
    from hub.transfer.exporting import export
    from hub.transfer.link import Link

    params = {"devices": devices or [], "metrics": metrics or [], "start": start, "end": end, "format": written}
    with _progress("Exporting") as moved:
        size = export(Link(url, os.environ.get("HUB_TOKEN", "")), params, output, moved)
    print(f"{size} bytes exported.", file=sys.stderr)  # noqa: T201 - likewise


@app.command("import")
def import_history(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What to import.")],
    *,
    url: Url = "http://127.0.0.1:8080",
    written: Annotated[str, typer.Option("--format", help="csv, ndjson, parquet or influx; else by its name.")] = "",
    resume: Annotated[Path | None, typer.Option(help="Where the place is kept; else beside the file.")] = None,
    precision: Annotated[str, typer.Option(help="Of times in line protocol: ns, us, ms or s; else by magnitude.")] = "",
    device: Annotated[str, typer.Option(help="The device of lines whose tags name none.")] = "",
) -> None:
    """Post a file's readings to a running hub; a stopped import goes on where it was. HUB_TOKEN holds the token."""
    from hub.transfer.importing import import_file
    from hub.transfer.link import Link

    link = Link(url, os.environ.get("HUB_TOKEN", ""))
    with _progress("Importing") as moved:
        done = import_file(
            link,
            file,
            written=written,
            place_file=resume,
            params={"precision": precision, "device": device},
            moved=moved,
        )
    for fault in done.faults:
        print(fault, file=sys.stderr)  # noqa: T201 - likewise
    again = f", going on from {done.began}" if done.began else ""
    print(f"{done.accepted} readings taken, {done.rejected} refused{again}.")  # noqa: T201 - likewise
    if done.rejected:
        raise typer.Exit(1)


@app.command()
def backup(path: Annotated[Path, typer.Argument(help="A folder, made if need be.")], config: Config = None) -> None:
    """Copy history into a folder that a hub can start on, while a hub runs or not."""
    from hub.history.sqlite.backup import back_up
    from hub.loading import load

    with _progress("Copying") as moved:
        size = back_up(load(config).settings.data_dir, path, moved)
    print(f"{path} holds a copy of history, {size} bytes.")  # noqa: T201 - likewise


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give what shows how far something is, of a total or, if that is 0, of nobody knows what; on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    console = Console(stderr=True)
    columns = (*Progress.get_default_columns(), TextColumn("{task.completed:,}"))
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def moved(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield moved


def main() -> None:
    """Run the command line; say mistakes in one sentence and exit with 2."""
    try:
        app()
    except HubError as error:
        print(error, file=sys.stderr)  # noqa: T201 - likewise
        sys.exit(2)
    except OSError as error:
        print(f"{error.filename or 'hub'}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - likewise
        sys.exit(2)


def _run(settings: Settings, ready: Callable[[Addresses], Awaitable[None]], *, fleet: str = "") -> None:
    """Run a hub on the fast loop until a signal comes."""
    import uvloop

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_serve(settings, ready, fleet))
        except* HubError as group:
            raise _first(group) from None


async def _serve(settings: Settings, ready: Callable[[Addresses], Awaitable[None]], fleet: str) -> None:
    from hub.app import Hub

    hub = Hub(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hub.stop)
    devices: list[subprocess.Popen[bytes]] = []

    async def started(where: Addresses) -> None:
        if fleet:
            command = [sys.executable, "-m", "simulators", "run", fleet, "--url", where.broker]
            devices.append(subprocess.Popen(command))  # noqa: ASYNC220, S603 - starts at once; our own interpreter and module
        await ready(where)

    try:
        await hub.run(started)
    finally:
        for process in devices:
            _end(process)


def _broker(where: Addresses) -> str:
    """Return where the broker is, and what keeps the hub from it."""
    return f"{where.broker}, not reached yet: {where.fault}; the hub keeps trying" if where.fault else where.broker


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that this one started, at once if it does not end in time."""
    process.terminate()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _first(group: BaseExceptionGroup[HubError]) -> HubError:
    """Return the first error of a group, however deep."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, HubError)  # noqa: S101 - the group was split by this type
    return found


def _is_free(port: int) -> bool:
    """Return True if nothing listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
