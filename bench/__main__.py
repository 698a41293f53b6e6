"""``python -m bench``: measure the hub, print the table, write the JSON."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench import copying, fanout, history, idle, latency, path, replay, storm, views, windows
from bench.errors import BenchError
from bench.figures import Outcome, Round
from bench.machine import Cores, choose_cores, facts
from bench.setting import Row, Setting
from bench.table import disturbance, record, table

if TYPE_CHECKING:
    from collections.abc import Sequence

DISTURBED = 0.1
"""From which share of time waited for the core on a round's rates are called disturbed."""
ROWS: tuple[Row, ...] = (
    *path.ROWS,
    *fanout.ROWS,
    *views.ROWS,
    *latency.ROWS,
    *storm.ROWS,
    *idle.ROWS,
    *history.ROWS,
    *windows.ROWS,
    *copying.ROWS,
    *replay.ROWS,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return 0, or 1 if a promise is not kept, or 2 if a row failed.

    Args:
        arguments: of the command line.
    """
    asked = _parse(arguments)
    rows = [row for row in ROWS if not asked.rows or row.name in asked.rows]
    cores = choose_cores()
    os.sched_setaffinity(0, cores.others)
    machine = facts()
    print(f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}; {cores}.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped then too
    outcomes: list[Outcome] = []
    rounds: dict[str, list[dict[str, object]]] = {}
    failed = False
    for row in rows:
        try:
            made = [
                _round(row, f"{number}/{asked.rounds}", cores, asked.profile) for number in range(1, asked.rounds + 1)
            ]
        except BenchError as error:
            said = "\n".join((str(error), *getattr(error, "__notes__", ())))
            print(f"{row.name} could not be measured: {said}", file=sys.stderr, flush=True)
            failed = True
            continue
        outcomes += [Outcome(figure, [one.samples[figure.key] for one in made]) for figure in row.figures]
        rounds[row.name] = [one.facts for one in made]
    _tell(outcomes, rounds)
    _write(asked.json, machine, cores, outcomes, rounds)
    print(f"\nEvery round is in {asked.json}.")
    if failed:
        return 2
    return 0 if all(outcome.met or outcome.limited_by for outcome in outcomes) else 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [row.name for row in ROWS]
    listed = "\n".join(f"  {row.name:<10} {row.title}" for row in ROWS)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures the hub beside its peers.",
        epilog=f"rows:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="which rows; all without any")
    parser.add_argument("--rounds", type=int, default=3, help="rounds a row, of which the median counts (default 3)")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        default=Path("build/bench.json"),
        help="where every round is written (default build/bench.json)",
    )
    parser.add_argument(
        "--profile", type=Path, metavar="FOLDER", help="profile the hub with py-spy; its stacks are written there"
    )
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.rows if name not in names]
    if unknown:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(names)}")
    if asked.rounds < 1:
        parser.error("--rounds must be at least 1")
    return asked


def _round(row: Row, number: str, cores: Cores, profiles: Path | None) -> Round:
    """Make one round in a folder of its own, and say in a line what it found."""
    with tempfile.TemporaryDirectory(prefix="telemetry-hub-bench-") as folder:
        done = row.run(Setting(Path(folder), cores, profiles))
    found = ", ".join(
        f"{key} {sample.ours:,.4g}" + (f" / {sample.peer:,.4g}" if sample.peer else "")
        for key, sample in done.samples.items()
    )
    print(f"{row.name} {number}: {found}", flush=True)
    return done


def _tell(outcomes: Sequence[Outcome], rounds: dict[str, list[dict[str, object]]]) -> None:
    """Print the table, and which rows were disturbed by other programs."""
    print(f"\n{table(outcomes)}")
    for name, made in rounds.items():
        share = disturbance(made)
        if share > DISTURBED:
            print(f"{name}: others held the core for up to {share:.0%} of the time, so rates are too low.")


def _write(
    file: Path,
    machine: dict[str, object],
    cores: Cores,
    outcomes: Sequence[Outcome],
    rounds: dict[str, list[dict[str, object]]],
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": "python -m bench " + " ".join(sys.argv[1:]),
        "machine": machine,
        "cores": str(cores),
        "figures": [record(outcome) for outcome in outcomes],
        "facts": rounds,
    }
    file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
