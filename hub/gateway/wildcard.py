"""Wildcards: texts in which ``*`` stands for any run of characters, in any case; their cost is linear."""

from __future__ import annotations


class Wildcard:
    """A text to be looked for, prepared once.

    Args:
        text: in any case.
    """

    __slots__ = ("_first", "_last", "_middle", "_starred", "text")

    def __init__(self, text: str) -> None:
        self.text = text.casefold()
        self._first, *rest = self.text.split("*")
        self._starred = bool(rest)
        self._last = rest.pop() if rest else ""
        self._middle = [part for part in rest if part]

    def is_all_of(self, folded: str) -> bool:
        """Return True if it is the whole of a text.

        Args:
            folded: in folded case.
        """
        if not self._starred:
            return self.text == folded
        end = len(folded) - len(self._last)
        if len(self._first) > end or not folded.startswith(self._first) or not folded.endswith(self._last):
            return False
        return _in_turn(self._middle, folded, len(self._first), end)

    def is_in(self, folded: str) -> bool:
        """Return True if it is anywhere in a text.

        Args:
            folded: in folded case.
        """
        if not self._starred:
            return self.text in folded
        return _in_turn([self._first, *self._middle, self._last], folded, 0, len(folded))

    def names(self, folded: str) -> bool:
        """Return True if it is a dotted name, or the last parts of one.

        Args:
            folded: in folded case.
        """
        if not self._starred:
            return folded == self.text or folded.endswith("." + self.text)
        return self.is_all_of(folded) or any(
            self.is_all_of(folded[place + 1 :]) for place, mark in enumerate(folded) if mark == "."
        )


def _in_turn(parts: list[str], text: str, start: int, end: int) -> bool:
    """Return True if the parts follow each other between two places of a text."""
    for part in parts:
        found = text.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True
