"""Normalising: CPU time a message, beside a naive implementation that takes every message apart anew.

``python -m bench.normalise [--json] [--rounds N]``. In each round both read the same messages, one after the other in
the same process, 1,000 topics in batches of 1,000 messages, after a first pass that makes topics known. Time is the
process's own CPU time, so neighbours on the machine disturb the ratios little.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from hub.core.batch import Batch
from hub.core.catalogue import Catalogue
from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.core.raw import RawBatch, RawMessage
from hub.normalise.normaliser import Normaliser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOPICS = 1000
BATCHES = 8
NOW_US = 1_766_500_000_000_000
BUDGET_US = 3.0
"""What a message with three fields may cost, parsing included, of the 8 µs that the whole path is to take."""

_random = random.Random(7)  # noqa: S311 - the same messages in every run


class Shape(NamedTuple):
    """One kind of message.

    Args:
        title: its name for people.
        make: makes a payload.
        limit_us: what the hub may take for one, None without a promise.
    """

    title: str
    make: Callable[[], bytes]
    limit_us: float | None


class Figure(NamedTuple):
    """What several rounds found, in µs of CPU a message (medians)."""

    title: str
    hub_us: float
    naive_us: float
    ratio: float
    parse_us: float
    limit_us: float | None


def flat() -> bytes:
    """Return a document of three numbers."""
    return orjson.dumps({"temperature": _tenths(15, 30), "humidity": _tenths(20, 80), "pressure": _tenths(980, 1040)})


def timed() -> bytes:
    """Return a document of three numbers and the device's time."""
    moment_ms = NOW_US // 1000 - _random.randrange(5000)
    return orjson.dumps({"ts": moment_ms, "temperature": _tenths(15, 30), "humidity": _tenths(20, 80), "n": 7})


def nested() -> bytes:
    """Return a document of ten leaves in objects and an array."""
    return orjson.dumps(
        {
            "env": {"temperature": _tenths(15, 30), "humidity": _tenths(20, 80), "co2": _random.randrange(400, 2000)},
            "power": {"voltage": _tenths(220, 240), "current": [_tenths(0, 9), _tenths(0, 9), _tenths(0, 9)]},
            "state": _random.choice(["ON", "OFF"]),
            "mode": "heat",
            "door": _random.random() < 0.5,
        },
    )


def scalar() -> bytes:
    """Return one number as text."""
    return str(_tenths(15, 30)).encode()


SHAPES = (
    Shape("flat JSON, 3 fields", flat, BUDGET_US),
    Shape("flat JSON, 3 fields and a time", timed, None),
    Shape("nested JSON, 10 leaves", nested, None),
    Shape("plain scalar", scalar, None),
)


def _tenths(low: int, high: int) -> float:
    """Return a number with one decimal."""
    return _random.randrange(low * 10, high * 10) / 10


_STEPS = (
    re.compile(r"([A-Z]+)([A-Z][a-z]{2,})"),
    re.compile(r"([a-z])([A-Z])"),
    re.compile(r"([0-9])([A-Z][a-z]{2,})"),
)
_OTHERS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORDS = {"on": True, "off": False, "true": True, "false": False, "online": True, "offline": False}


def naive(raw: RawBatch) -> list[tuple[str, str, Any, int]]:
    """Return the readings of a batch as one would write it first: parse, flatten and name everything each time.

    Args:
        raw: messages of plain topics.
    """
    readings = []
    for number, message in enumerate(raw.messages):
        topic = message.topic.decode()
        try:
            root = json.loads(message.payload)
        except ValueError:
            root = message.payload.decode().strip()
        device, path = (topic, ()) if isinstance(root, (dict, list)) else topic.rsplit("/", 1)
        for metric, value in _leaves(root, path if isinstance(path, tuple) else (path,)):
            readings.append((device, metric, value, raw.received_us + number))
    return readings


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Yield the metrics and values of a document."""
    if isinstance(node, dict):
        for key, member in node.items():
            yield from _leaves(member, (*path, key))
    elif isinstance(node, list):
        for index, element in enumerate(node):
            yield from _leaves(element, (*path, str(index)))
    elif node is not None:
        yield ".".join(map(_snake, path)), _typed(node) if isinstance(node, str) else node


def _snake(key: str) -> str:
    """Return a key in snake_case."""
    for step in _STEPS:
        key = step.sub(r"\1_\2", key)
    return _OTHERS.sub("_", key).strip("_").lower()


def _typed(text: str) -> Any:  # noqa: ANN401 - a value
    """Return what a text means."""
    trimmed = text.strip()
    if trimmed.lower() in _WORDS:
        return _WORDS[trimmed.lower()]
    return float(trimmed) if _NUMBER.fullmatch(trimmed) else trimmed


def batches(shape: Shape) -> list[RawBatch]:
    """Return the messages of one round; topics are bytes objects of their own, as a reader makes them.

    Args:
        shape: what the messages look like.
    """
    return [
        RawBatch(
            [RawMessage(b"site/line%d/dev%d" % (n % 20, n), shape.make()) for n in range(TOPICS)], NOW_US + b * TOPICS
        )
        for b in range(BATCHES)
    ]


def measure(shape: Shape, rounds: int) -> Figure:
    """Return what one shape costs.

    Args:
        shape: what the messages look like.
        rounds: how many, at least 1.
    """
    meters, clock = Meters(), ManualClock()
    normaliser = Normaliser(catalogue=Catalogue(clock=clock, meters=meters), clock=clock, meters=meters)
    for raw in batches(shape):
        normaliser.normalise(raw, Batch(NOW_US))

    def ours(raw: RawBatch) -> None:
        normaliser.normalise(raw, Batch(NOW_US))

    def parse(raw: RawBatch) -> None:
        for message in raw.messages:
            orjson.loads(message.payload)

    hub_us, naive_us, parse_us = [], [], []
    for _ in range(rounds):
        round_of = batches(shape)
        hub_us.append(_cost(ours, round_of))
        naive_us.append(_cost(naive, round_of))
        parse_us.append(_cost(parse, round_of))
    ratios = [one / other for one, other in zip(hub_us, naive_us, strict=True)]
    ours_us, theirs_us, ratio, least_us = map(statistics.median, (hub_us, naive_us, ratios, parse_us))
    return Figure(shape.title, ours_us, theirs_us, ratio, least_us, shape.limit_us)


def _cost(work: Callable[[RawBatch], object], round_of: list[RawBatch]) -> float:
    """Return the CPU time of a round in µs a message; what is held is not collected meanwhile, as in the hub."""
    gc.collect()
    gc.freeze()
    start_ns = time.process_time_ns()
    for raw in round_of:
        work(raw)
    spent_ns = time.process_time_ns() - start_ns
    gc.unfreeze()
    return spent_ns / 1000 / (TOPICS * BATCHES)


def main() -> None:
    """Measure every shape and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each shape; the median counts")
    options = parser.parse_args()
    figures = [measure(shape, max(1, options.rounds)) for shape in SHAPES]
    if options.json:
        print(json.dumps([figure._asdict() for figure in figures], indent=2))
        return
    print(f"| {'message':<30} | hub µs | naive µs | hub / naive | of it orjson µs | must be |")
    print(f"|{'-' * 32}|-------:|---------:|------------:|----------------:|--------:|")
    for figure in figures:
        limit = "" if figure.limit_us is None else f"≤ {figure.limit_us:g} µs"
        print(
            f"| {figure.title:<30} | {figure.hub_us:6.2f} | {figure.naive_us:8.1f} | {figure.ratio:11.3f} "
            f"| {figure.parse_us:15.2f} | {limit:>7} |",
        )


if __name__ == "__main__":
    main()
