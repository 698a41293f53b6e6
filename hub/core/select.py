"""Selections: which devices and which metrics somebody wants, and the indexes that answer it both ways.

A *filter* is an MQTT topic filter over device ids (MQTT 3.1.1 §4.7; ``a/#`` matches ``a`` too, ``#`` also ids that
begin with ``$``). A *glob* names metrics: ``*`` is any run of characters, dots included, ``?`` is one.

Nothing here scans all devices for one selection or all selections for one device: an exact id is a dict entry, the
rest is a walk along the levels (:class:`FilterTree` for filters, :class:`DeviceTree` for ids).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

MAX_FILTERS = 256
"""Filters of one selection (live protocol, Limits)."""
MAX_GLOBS = 64
"""Globs of one selection (live protocol, Limits)."""
MAX_FILTER_BYTES = 1024
"""Length of one filter or glob; device ids are topics, which seldom pass 256."""


def filter_fault(text: str) -> str | None:
    """Return what is wrong with a filter as a phrase, None if nothing is.

    Args:
        text: the filter as somebody wrote it.

    References:
        MQTT 3.1.1 §4.7.1.
    """
    if not text:
        return "is empty"
    if len(text.encode("utf-8", "surrogatepass")) > MAX_FILTER_BYTES:
        return f"is longer than {MAX_FILTER_BYTES} bytes"
    levels = text.split("/")
    for place, level in enumerate(levels):
        if "#" in level and (level != "#" or place != len(levels) - 1):
            return "has a # that is not the whole last level"
        if "+" in level and level != "+":
            return "has a + that is not a whole level"
    return None


def is_exact(text: str) -> bool:
    """Return True if a filter has no wildcard, so it names one device.

    Args:
        text: a valid filter.
    """
    return "+" not in text and "#" not in text


def matches(text: str, device_id: str) -> bool:
    """Return True if a filter matches a device id.

    Args:
        text: a valid filter.
        device_id: the id, levels joined by ``/``.
    """
    if text in ("#", device_id):
        return True
    wanted, levels = text.split("/"), device_id.split("/")
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)


def covers(wide: str, narrow: str) -> bool:
    """Return True if every id that ``narrow`` matches is matched by ``wide`` too.

    Args:
        wide: a valid filter.
        narrow: a valid filter.
    """
    wanted, levels = wide.split("/"), narrow.split("/")
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or levels[place] == "#" or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)


@lru_cache(maxsize=4096)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """Return a compiled glob; use ``fullmatch``.

    Args:
        glob: ``*`` for any run, ``?`` for one character, all else literally.
    """
    first, *rest = (_literal(part) for part in glob.split("*"))
    if not rest:
        return re.compile(first, re.DOTALL)
    # Each part is taken where it is found first and never looked for again: without that, stars multiply the cost.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _literal(part: str) -> str:
    """Return a glob's part between two stars as a pattern."""
    return "".join("." if mark == "?" else re.escape(mark) for mark in part)


@dataclass(frozen=True, slots=True)
class Selection:
    """Canonical filters and globs: sorted, without doubles or covered ones. Equal selections compare equal.

    Args:
        devices: topic filters over device ids.
        metrics: metric globs; empty for devices and statuses only.
    """

    devices: tuple[str, ...]
    metrics: tuple[str, ...]

    @classmethod
    def of(cls, devices: Iterable[str], metrics: Iterable[str] = ("*",)) -> Selection:
        """Return the canonical selection of valid filters and globs.

        Args:
            devices: valid topic filters in any order.
            metrics: globs in any order.
        """
        filters = set(devices)
        wild: FilterTree[str] = FilterTree()
        for text in filters:
            if not is_exact(text):
                wild.add(text, text)
        kept = sorted(text for text in filters if all(wide == text for wide in wild.match(text)))
        globs = set(metrics)
        return cls(tuple(kept), ("*",) if "*" in globs else tuple(sorted(globs)))

    def wants_device(self, device_id: str) -> bool:
        """Return True if a device is selected.

        Args:
            device_id: the device's id.
        """
        return any(matches(text, device_id) for text in self.devices)

    def wants_metric(self, metric: str) -> bool:
        """Return True if a metric of a selected device is selected.

        Args:
            metric: its dotted name.
        """
        return self.metrics == ("*",) or any(glob_pattern(glob).fullmatch(metric) for glob in self.metrics)


class _Node(Generic[T]):
    """One level of a tree: children by level, and what ends here or in ``#`` below here."""

    __slots__ = ("below", "children", "here")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.here: dict[T, None] = {}
        self.below: dict[T, None] = {}


class FilterTree(Generic[T]):
    """Finds whose filters match a device id: a dict for exact filters, a tree for the others."""

    __slots__ = ("_exact", "_root")

    def __init__(self) -> None:
        self._exact: dict[str, dict[T, None]] = {}
        self._root: _Node[T] = _Node()

    def add(self, text: str, owner: T) -> None:
        """Register a filter of an owner; twice is once.

        Args:
            text: a valid filter.
            owner: anything hashable.
        """
        if is_exact(text):
            self._exact.setdefault(text, {})[owner] = None
            return
        node = self._root
        for level in text.split("/"):
            if level == "#":
                node.below[owner] = None
                return
            node = node.children.setdefault(level, _Node())
        node.here[owner] = None

    def discard(self, text: str, owner: T) -> None:
        """Forget a filter of an owner; unknown ones are no error. Empty branches are cut.

        Args:
            text: the filter as it was added.
            owner: its owner.
        """
        if is_exact(text):
            owners = self._exact.get(text, {})
            owners.pop(owner, None)
            if not owners:
                self._exact.pop(text, None)
            return
        path: list[tuple[_Node[T], str]] = []
        node = self._root
        for level in text.split("/"):
            if level == "#":
                break
            path.append((node, level))
            found = node.children.get(level)
            if found is None:
                return
            node = found
        (node.below if text.endswith("#") else node.here).pop(owner, None)
        for parent, level in reversed(path):
            child = parent.children[level]
            if child.children or child.here or child.below:
                return
            del parent.children[level]

    def match(self, device_id: str) -> list[T]:
        """Return the owners with a filter that matches, each once, in order of finding.

        Args:
            device_id: the device's id; or a filter, to find those that cover it.
        """
        found: dict[T, None] = dict(self._exact.get(device_id, ()))
        nodes = [self._root]
        for level in device_id.split("/"):
            nodes_below: list[_Node[T]] = []
            for node in nodes:
                found.update(node.below)
                if level != "#":
                    nodes_below.extend(node.children[key] for key in (level, "+") if key in node.children)
            nodes = nodes_below
        for node in nodes:
            found.update(node.here)
            found.update(node.below)
        return list(found)


class DeviceTree(Generic[T]):
    """Finds the devices that match a filter: a dict for exact ids, a tree of levels for the others."""

    __slots__ = ("_by_id", "_root")

    def __init__(self) -> None:
        self._by_id: dict[str, T] = {}
        self._root: _Node[T] = _Node()

    def add(self, device_id: str, device: T) -> None:
        """Register a device.

        Args:
            device_id: its id, not registered yet.
            device: what :meth:`match` yields for it.
        """
        self._by_id[device_id] = device
        node = self._root
        for level in device_id.split("/"):
            node = node.children.setdefault(level, _Node())
        node.here[device] = None

    def discard(self, device_id: str) -> None:
        """Forget a device; unknown ones are no error. Empty branches are cut.

        Args:
            device_id: its id.
        """
        device = self._by_id.pop(device_id, None)
        if device is None:
            return
        path: list[tuple[_Node[T], str]] = []
        node = self._root
        for level in device_id.split("/"):
            path.append((node, level))
            node = node.children[level]
        del node.here[device]
        for parent, level in reversed(path):
            child = parent.children[level]
            if child.children or child.here:
                return
            del parent.children[level]

    def match(self, text: str) -> Iterator[T]:
        """Yield the devices that one filter matches.

        Args:
            text: a valid filter.
        """
        if is_exact(text):
            if text in self._by_id:
                yield self._by_id[text]
            return
        nodes = [self._root]
        for level in text.split("/"):
            if level == "#":
                yield from _everything(nodes)
                return
            if level == "+":
                nodes = [child for node in nodes for child in node.children.values()]
            else:
                nodes = [node.children[level] for node in nodes if level in node.children]
        for node in nodes:
            yield from node.here

    def select(self, filters: Iterable[str]) -> list[T]:
        """Return the devices that any of the filters matches, each once.

        Args:
            filters: valid filters.
        """
        found: dict[T, None] = {}
        for text in filters:
            found.update(dict.fromkeys(self.match(text)))
        return list(found)


def _everything(nodes: list[_Node[T]]) -> Iterator[T]:
    """Yield what ends at or below the nodes, depth first in order of arrival."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        yield from node.here
        stack.extend(reversed(node.children.values()))
