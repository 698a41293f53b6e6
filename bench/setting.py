"""The setting of a row: where it may write, which cores it has, and how a row looks to the command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.figures import Figure, Round
    from bench.machine import Cores


class Setting(NamedTuple):
    """Where one round runs."""

    folder: Path
    """Empty, and removed afterwards."""
    cores: Cores
    profiles: Path | None = None
    """Set: the hub is profiled, and its stacks are written here."""


@dataclass(frozen=True, slots=True)
class Row:
    """One benchmark.

    Args:
        name: on the command line and in the JSON.
        title: a sentence.
        figures: what it measures.
        run: makes one round, in at most 60 s (``history`` in about twice that), and stops everything it started.
    """

    name: str
    title: str
    figures: tuple[Figure, ...]
    run: Callable[[Setting], Round]
