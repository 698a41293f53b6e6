"""Values in PostgreSQL: one column by type, and the text in which COPY takes rows.

References:
    PostgreSQL 14, COPY, "Text Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, LiteralString

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.model import Reading, Value

COLUMNS: Final[LiteralString] = "number, whole, words, truth, quality"
EXACT: Final = 2**53
"""Up to here every integer is a float, too."""
_MOST: Final = 2**63
_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"})


def same(one: LiteralString, other: LiteralString) -> LiteralString:
    """Return the SQL condition that two rows hold the same value; an integer may equal a float.

    Args:
        one: alias of a row.
        other: likewise.
    """
    return (
        f"({one}.number IS NOT DISTINCT FROM {other}.number AND {one}.words IS NOT DISTINCT FROM {other}.words"
        f" AND {one}.truth IS NOT DISTINCT FROM {other}.truth AND ({one}.whole IS NOT DISTINCT FROM {other}.whole"
        f" OR (({one}.whole IS NULL OR {other}.whole IS NULL) AND abs({one}.number) <= {EXACT})))"
    )


def value_of(number: float | None, whole: int | None, words: str | None, truth: bool | None) -> Value:  # noqa: FBT001 - a column
    """Return a value as it was before it was stored.

    Args:
        number: the column of that name, like the others.
        whole: an integer, exactly.
        words: text.
        truth: a boolean.
    """
    if whole is not None:
        return whole
    if number is not None:
        return number
    return words if words is not None else bool(truth)


def clean(text: str) -> str:
    """Return text that PostgreSQL takes: no NUL, and nothing that UTF-8 does not know.

    Args:
        text: any.
    """
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _fields(value: Value) -> str:
    """Return the columns of a value as COPY takes them."""
    if value is True or value is False:
        return f"{_NULL}\t{_NULL}\t{_NULL}\t{'t' if value else 'f'}"
    if isinstance(value, float):
        return f"{value!r}\t{_NULL}\t{_NULL}\t{_NULL}"
    if isinstance(value, int):
        return f"{float(value)!r}\t{value if -_MOST <= value < _MOST else _NULL}\t{_NULL}\t{_NULL}"
    return f"{_NULL}\t{_NULL}\t{value.translate(_ESCAPES)}\t{_NULL}"


def copied(readings: Iterable[Reading]) -> bytes:
    """Return readings as COPY takes them: place, series, time, value, quality.

    Args:
        readings: in order.
    """
    lines = [
        f"{place}\t{key}\t{time_us}\t{_fields(value)}\t{_NULL if quality is None else quality.translate(_ESCAPES)}\n"
        for place, (key, time_us, value, quality, _, _) in enumerate(readings)
    ]
    return "".join(lines).encode("utf-8", "replace")
