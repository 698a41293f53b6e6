"""The table: outcomes as aligned text, and as what the JSON holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.figures import Outcome, Spread

HEAD = ("figure", "hub", "peer", "hub / peer", "target", "met")


def number(value: float) -> str:
    """Return a number as people read it: three significant digits, thousands set apart.

    Args:
        value: any number.
    """
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def several(values: Spread | None, unit: str = "") -> str:
    """Return a median with its range, empty for nothing.

    Args:
        values: of several rounds.
        unit: written behind the median.
    """
    if values is None:
        return ""
    text = f"{number(values.median)} {unit}".rstrip()
    return text if values.least == values.most else f"{text} ({number(values.least)} to {number(values.most)})"


def verdict(outcome: Outcome) -> str:
    """Return whether a promise was kept, or who else was at its limit.

    Args:
        outcome: of all rounds.
    """
    if outcome.met:
        return "yes"
    return f"as far as {outcome.limited_by} went" if outcome.limited_by else "NO"


def line(outcome: Outcome) -> tuple[str, ...]:
    """Return a figure's cells, in the order of :data:`HEAD`.

    Args:
        outcome: of all rounds.
    """
    figure = outcome.figure
    times = "times the peer" if figure.of_peer else figure.unit
    return (
        figure.title,
        several(outcome.ours, figure.unit),
        several(outcome.peer, figure.unit),
        several(outcome.ratio),
        f"{figure.bound.value} {figure.limit:,g} {times}",
        verdict(outcome),
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """Return all figures as a Markdown table whose columns are aligned.

    Args:
        outcomes: in the order to be shown.
    """
    lines = [HEAD, *(line(outcome) for outcome in outcomes)]
    widths = [max(len(cells[column]) for cells in lines) for column in range(len(HEAD))]
    rows = [
        "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)) + " |"
        for cells in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join((rows[0], rule, *rows[1:]))


def disturbance(facts: object) -> float:
    """Return the largest share of time in which anything measured waited for its core, 0…1.

    Args:
        facts: of rounds, however nested; what counts ends in ``waited_for_its_core``.
    """
    if isinstance(facts, dict):
        own = [float(value) for name, value in facts.items() if str(name).endswith("waited_for_its_core")]
        return max([*own, *(disturbance(value) for value in facts.values())], default=0.0)
    if isinstance(facts, list):
        return max((disturbance(value) for value in facts), default=0.0)
    return 0.0


def record(outcome: Outcome) -> dict[str, object]:
    """Return a figure as the JSON holds it.

    Args:
        outcome: of all rounds.
    """
    figure, peer, ratio = outcome.figure, outcome.peer, outcome.ratio
    return {
        "figure": figure.key,
        "title": figure.title,
        "unit": figure.unit,
        "hub": outcome.ours._asdict(),
        "peer": peer._asdict() if peer else None,
        "ratio": ratio._asdict() if ratio else None,
        "bound": figure.bound.value,
        "limit": figure.limit,
        "limit_is_ratio": figure.of_peer,
        "met": outcome.met,
        "limited_by": outcome.limited_by or None,
        "rounds": [sample._asdict() for sample in outcome.samples],
    }
