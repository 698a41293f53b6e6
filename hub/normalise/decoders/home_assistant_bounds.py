"""Bounds: what a template may spend, so that none costs more than a message may.

Time is counted in steps, not in seconds: a node of the template on each KiB of the message. So the same message gives
the same result whatever else the machine does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jinja2 import Undefined
from jinja2.exceptions import TemplateRuntimeError, UndefinedError

if TYPE_CHECKING:
    from collections.abc import Iterator

Operand: TypeAlias = Any
"""Whatever a template may hold: a value of JSON, a part of one, or Jinja's mark that there is none."""

MAX_STEPS: Final = 50_000
"""Steps that all templates of one message may take together, and as many to compile them: some 50 ms each."""
MAX_TEXT_CHARACTERS: Final = 16_384
"""Longest text that a template may make on its way."""
MAX_OUTPUT_CHARACTERS: Final = 4096
"""Longest text that a template may give; a reading holds no longer one."""
MAX_ITEMS: Final = 4096
"""Most values that a list or an object may hold, nested ones included."""
MAX_BITS: Final = 1024
"""Longest integer; a float holds no larger number."""
COMPILE_STEPS: Final = 400
"""Steps that it takes to compile the shortest template: 0.4 ms."""
CHARACTER_STEPS: Final = 6
"""Steps for each character of it."""
STEP_BYTES: Final = 1024
"""So many bytes of a message are one step for each node."""


class Spent(TemplateRuntimeError):
    """A template would take more time or room than it may.

    Args:
        what: that is too large.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"it would make {what} that is too large")


class Budget:
    """What the templates of one message may still spend.

    Args:
        size_bytes: of the message, inflated.
    """

    __slots__ = ("_compiling", "_left", "_weight")

    def __init__(self, size_bytes: int) -> None:
        self._left = self._compiling = MAX_STEPS
        self._weight = 1 + size_bytes // STEP_BYTES

    def spend(self, nodes: int) -> None:
        """Take note that some nodes of a template are evaluated.

        Args:
            nodes: how many.

        Raises:
            Spent: nothing is left.
        """
        self._left -= nodes * self._weight
        if self._left < 0:
            raise Spent("an effort")

    def compile(self, characters: int) -> None:
        """Take note that a template is compiled; that has steps of its own.

        Args:
            characters: of the template.

        Raises:
            Spent: nothing is left.
        """
        self._compiling -= COMPILE_STEPS + characters * CHARACTER_STEPS
        if self._compiling < 0:
            raise Spent("an effort")

    def counted(self, values: Operand, nodes: int) -> Iterator[Operand]:
        """Yield the values that a loop goes through, as long as anything is left.

        Args:
            values: a list, an object or a text.
            nodes: of the loop's body.

        Raises:
            Spent: nothing is left.
        """
        if not isinstance(values, (list, tuple, dict, str)):
            raise TypeError(f"{type(values).__name__} is no list")
        for value in values:
            self.spend(nodes)
            yield value


def bounded(text: str) -> str:
    """Return a text that may be made.

    Args:
        text: any.

    Raises:
        Spent: it is too long.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Spent("a text")
    return text


def joined(parts: Operand) -> str:
    """Return values as one text.

    Args:
        parts: of it.

    Raises:
        Spent: it would be too long.
    """
    texts, length = [], 0
    for part in parts:
        text = str(part)
        length += len(text)
        if length > MAX_TEXT_CHARACTERS:
            raise Spent("a text")
        texts.append(text)
    return "".join(texts)


def number(value: Operand) -> Operand:
    """Return a number that may be reckoned with.

    Args:
        value: any.

    Raises:
        Spent: it is an integer beyond every float.
        TypeError: it is no number.
        UndefinedError: it is missing.
    """
    if isinstance(value, Undefined):
        raise UndefinedError("a number is missing")
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise Spent("a number")
        return value
    if isinstance(value, float):
        return value
    raise TypeError(f"{type(value).__name__} is no number")


def sized(values: Operand) -> Operand:
    """Return a list, tuple or object that may be made.

    Args:
        values: nested or not.

    Raises:
        Spent: it holds too many values.
    """
    waiting, count = [values], 0
    while waiting:
        one = waiting.pop()
        members = one.values() if isinstance(one, dict) else one
        for member in members:
            count += 1
            if count > MAX_ITEMS:
                raise Spent("a list")
            if isinstance(member, (list, tuple, dict)):
                waiting.append(member)
    return values


def reckoned(operator: str, left: Operand, right: Operand) -> Operand:
    """Return the result of ``+``, ``*`` or ``**``, with bounds.

    Args:
        operator: one of these.
        left: number; of ``+`` also a text or list.
        right: likewise.

    Raises:
        Spent: the result would be too large.
        TypeError: the values do not go with each other.
    """
    if operator == "+":
        if isinstance(left, str) and isinstance(right, str):
            return bounded(left + right)
        if isinstance(left, (list, tuple)) and isinstance(right, type(left)):
            return sized([*left, *right])
        return number(left) + number(right)
    left, right = number(left), number(right)
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        if bits > MAX_BITS:
            raise Spent("a number")
    result = left**right if operator == "**" else left * right
    if isinstance(result, complex):
        raise TypeError("the root of a negative number is no number")
    return result
