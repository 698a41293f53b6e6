"""Decoders: CPU time a message of each ecosystem, over the corpus of real messages.

``python -m bench.decoders [--json] [--rounds N]``. Every message of the corpus that gives readings is read again and
again by a normaliser that knows its topic, after the messages it needs; rounds go through all of them in turn, and the
median of the rounds counts. Beside each the same bytes are only parsed (``orjson``, where they are JSON): what no
decoder in Python can undercut. Time is the process's own CPU time.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import orjson

from hub.core.batch import Batch
from hub.core.catalogue import Catalogue
from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.core.raw import RawBatch
from hub.normalise.normaliser import Normaliser
from simulators.dialects.sparkplug_payload import DOUBLE, metric, node_birth, payload
from tests.normalise.corpus import NOW_US, all_lines, raw_of
from tests.normalise.rig import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.core.raw import RawMessage

REPEATS = 100
"""Messages a batch."""
METRICS = 100
METRIC_LIMIT_US = 3.0
"""What one metric of a Sparkplug DDATA may cost."""
LIMIT_US = 25.0
"""What the median message of an ecosystem may cost."""


class Subject(NamedTuple):
    """A message of the corpus, ready to be read.

    Args:
        decoder: who reads it.
        name: its id in the corpus.
        readings: how many it gives.
        read: reads it :data:`REPEATS` times.
        parse: parses it as often; None where it is no JSON.
    """

    decoder: str
    name: str
    readings: int
    read: Callable[[], None]
    parse: Callable[[], None] | None


class Figure(NamedTuple):
    """What was found for one decoder, in µs of CPU a message."""

    decoder: str
    messages: int
    median_us: float
    most_us: float
    slowest: str
    parse_us: float | None


def subjects() -> list[Subject]:
    """Return every message of the corpus that gives readings."""
    by_id = all_lines()
    made = (
        _subject(line["id"], [raw_of(by_id[before]) for before in line["after"]], raw_of(line))
        for line in by_id.values()
    )
    return [subject for subject in made if subject is not None]


def ddata_us(rounds: int) -> float:
    """Return what one metric costs of a Sparkplug DDATA with a hundred of them by alias, in µs.

    Args:
        rounds: how often it is measured; the median counts.
    """
    born = [metric(f"Line/Motor {alias}/Speed", DOUBLE, alias=alias, double=0.5) for alias in range(METRICS)]
    told = [metric(alias=alias, double=alias / 3) for alias in range(METRICS)]
    before = [
        message("spBv1.0/plant/NBIRTH/edge", node_birth()),
        message("spBv1.0/plant/DBIRTH/edge/press", payload(*born)),
    ]
    subject = _subject("ddata", before, message("spBv1.0/plant/DDATA/edge/press", payload(*told)))
    if subject is None or subject.readings != METRICS:
        raise SystemExit("The DDATA gave no readings.")
    gc.disable()
    costs = [_timed(subject.read) for _ in range(rounds + 1)][1:]  # the first round warms up
    gc.enable()
    return statistics.median(costs) / METRICS


def _subject(name: str, before: list[RawMessage], told: RawMessage) -> Subject | None:
    """Return one message, with a normaliser that has read it once; None if it gives no readings."""
    clock, meters = ManualClock(NOW_US), Meters()
    catalogue = Catalogue(clock=clock, meters=meters)
    normaliser = Normaliser(catalogue=catalogue, clock=clock, meters=meters)
    batch = Batch(NOW_US)
    for one in (*before, told):
        batch = Batch(NOW_US)
        normaliser.normalise(RawBatch([one], NOW_US), batch)
    if not batch.readings:
        return None
    source = catalogue.series[batch.readings[0][0]].device.source
    live = told._replace(flags=0)

    def read() -> None:
        normaliser.normalise(RawBatch([live] * REPEATS, NOW_US), Batch(NOW_US))

    def parse() -> None:
        for _ in range(REPEATS):
            orjson.loads(live.payload)

    is_json = False
    with suppress(orjson.JSONDecodeError):
        orjson.loads(live.payload)
        is_json = True
    return Subject(source, name, len(batch.readings), read, parse if is_json else None)


def _timed(work: Callable[[], None]) -> float:
    """Return the µs of CPU that one message takes."""
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1000 / REPEATS


def measure(rounds: int) -> list[Figure]:
    """Return the figures of every decoder.

    Args:
        rounds: how often each message's batch is read.
    """
    found = subjects()
    gc.disable()
    read: dict[str, list[float]] = defaultdict(list)
    parsed: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds + 1):
        for subject in found:
            read[subject.name] += [_timed(subject.read)][:turn]  # the first round warms up
            parsed[subject.name] += [_timed(subject.parse)][:turn] if subject.parse is not None else []
    gc.enable()
    by_decoder: dict[str, list[Subject]] = defaultdict(list)
    for subject in found:
        by_decoder[subject.decoder].append(subject)
    return [_figure(decoder, some, read, parsed) for decoder, some in by_decoder.items()]


def _figure(decoder: str, some: list[Subject], read: dict[str, list[float]], parsed: dict[str, list[float]]) -> Figure:
    """Return the figures of one decoder."""
    costs = {one.name: statistics.median(read[one.name]) for one in some}
    parses = [statistics.median(parsed[one.name]) for one in some if parsed[one.name]]
    slowest = max(costs, key=lambda name: costs[name])
    return Figure(
        decoder,
        len(some),
        statistics.median(costs.values()),
        costs[slowest],
        slowest,
        statistics.median(parses) if parses else None,
    )


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.decoders", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds; medians are told")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = measure(options.rounds)
    per_metric_us = ddata_us(options.rounds)
    if options.json:
        decoders = [figure._asdict() for figure in figures]
        print(json.dumps({"decoders": decoders, "ddata_metric_us": per_metric_us}, indent=2))
        return
    print(f"| decoder | messages | median µs (≤ {LIMIT_US:.0f}) | most µs | slowest | only parsed, µs |")
    print("|---|---|---|---|---|---|")
    for figure in sorted(figures, key=lambda one: one.decoder):
        parse = "" if figure.parse_us is None else f"{figure.parse_us:.1f}"
        print(
            f"| {figure.decoder} | {figure.messages} | {figure.median_us:.1f} | {figure.most_us:.1f} | "
            f"{figure.slowest} | {parse} |"
        )
    print(f"\nSparkplug DDATA of {METRICS} metrics by alias: {per_metric_us:.2f} µs a metric (≤ {METRIC_LIMIT_US:.0f})")


if __name__ == "__main__":
    main()
