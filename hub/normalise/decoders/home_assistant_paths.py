"""Paths: which keys of a message a template reads, told from its text alone.

Most templates are a plain path, ``{{ value_json.temperature }}``; those are never rendered.

References:
    Normalisation section 6; Home Assistant, templating of MQTT values.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from hub.normalise.decoders.protocol import Collapse
from hub.normalise.names import metric_name, snake_case

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Step

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from a document's root."""

MAX_TEMPLATE_CHARACTERS: Final = 8192
"""A longer template is refused; the longest in use map some hundred error codes to texts."""

_STEP = r"""(?:\s*+\.\s*+\w++|\s*+\[\s*+(?:'[^'\\]*+'|"[^"\\]*+"|\d{1,6})\s*+\])"""
_CHAIN = rf"value_json((?:{_STEP})*+)(\s*+\(\s*+(?:'([^'\\]*+)'|\"([^\"\\]*+)\")?)?"
_PLAIN = re.compile(
    rf"\s*+\{{\{{-?\s*+(?:value|value_json((?:{_STEP})*+))\s*+(?:\|\s*+is_defined\s*+)?-?\}}\}}\s*+", re.ASCII
)
_KEEPING = re.compile(
    rf"\s*+\{{\{{-?\s*+\(?\s*+(?:value|value_json(?:{_STEP})*+)\s*+\)?\s*+"
    r"(?:\|\s*+(?:float|int|round|default|d|is_defined|string|trim)\b\s*+(?:\([^(){}]*+\)\s*+)?)*+"
    rf"(?:if\s+value_json(?:{_STEP})*+\s+is\s+(?:not\s+none|defined|number)\b\s*+"
    r"(?:else\s+['\"]?[\w .-]*+['\"]?\s*+)?)?-?\}\}\s*+",
    re.ASCII,
)
"""A path with nothing behind it that gives its value another unit."""
_READ = re.compile(rf"(?<![\w.]){_CHAIN}", re.ASCII)
_ONE_STEP = re.compile(r"""\s*\.\s*(\w+)|\s*\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]""", re.ASCII)
_MISSING: Final = object()


class Reads(NamedTuple):
    """What a template reads.

    Args:
        plain: True if it gives what stands at its path, and nothing else.
        paths: in the order of its text, each once; that of a plain one is empty for the whole message.
        keeps_unit: True if what it gives has the unit of what stands at its path: it only rounds it, or has a default.
    """

    plain: bool
    paths: tuple[Path, ...]
    keeps_unit: bool = True

    @property
    def path(self) -> Path:
        """The first path; empty if there is none."""
        return self.paths[0] if self.paths else ()


@lru_cache(maxsize=4096)
def reads(template: str) -> Reads:
    """Return what a template reads; one that is empty reads the whole message.

    Args:
        template: its text, at most :data:`MAX_TEMPLATE_CHARACTERS`.
    """
    if not template:
        return Reads(plain=True, paths=())
    whole = _PLAIN.fullmatch(template)
    if whole is not None:
        path = _steps(whole[1] or "")
        return Reads(plain=True, paths=(path,) if path else ())
    found = (_called(match) for match in _READ.finditer(_without_comments(template)))
    paths = tuple(dict.fromkeys(filter(None, found)))
    return Reads(plain=False, paths=paths, keeps_unit=_KEEPING.fullmatch(template) is not None)


def _without_comments(template: str) -> str:
    """Return a template without what is written for people; by searching, for a pattern could take too long."""
    kept, start = [], 0
    while (opened := template.find("{#", start)) >= 0 and (closed := template.find("#}", opened)) >= 0:
        kept.append(template[start:opened])
        start = closed + len("#}")
    return "".join([*kept, template[start:]])


def _called(match: re.Match[str]) -> Path:
    """Return the path of a chain; the last step of one that is called is a method, ``get`` another way to take it."""
    path = _steps(match[1])
    if match[2] is None or not path:
        return path
    key = match[3] if match[3] is not None else match[4]
    return (*path[:-1], key) if path[-1] == "get" and key is not None else path[:-1]


def _steps(chain: str) -> Path:
    """Return the keys and indexes of a chain such as ``.a["b"][0]``."""
    return tuple(
        int(step[4]) if step[4] else next(part for part in (step[1], step[2], step[3]) if part is not None)
        for step in _ONE_STEP.finditer(chain)
    )


def metric_of(path: Path) -> str:
    """Return the name that the flattener gives what stands at a path.

    Args:
        path: keys and indexes.
    """
    return metric_name(tuple(snake_case(str(part)) for part in path))


def names_of(path: Path) -> tuple[str, ...]:
    """Return the names that what stands at a path may have: an object that is one value has that of the object.

    Args:
        path: keys and indexes.
    """
    return (metric_of(path), metric_of(path[:-1])) if path[-1:] == ("value",) and len(path) > 1 else (metric_of(path),)


def keys(steps: tuple[Step, ...]) -> Path:
    """Return the keys and indexes of the steps to a sample.

    Args:
        steps: as the flattener took them.
    """
    return tuple(key.value_key if isinstance(key, Collapse) else key for _, key in steps)


def at(root: Json, path: Path) -> Json:
    """Return what stands at a path of a document, None where nothing does.

    Args:
        root: parsed.
        path: into it.
    """
    found = _find(root, path)
    return None if found is _MISSING else found  # type: ignore[return-value]  # JSON


def has(root: Json, path: Path) -> bool:
    """Return True if something stands at a path of a document, were it null.

    Args:
        root: parsed.
        path: into it.
    """
    return _find(root, path) is not _MISSING


def _find(root: Json, path: Path) -> object:
    """Return what stands at a path, a mark where nothing does."""
    node: object = root
    for key in path:
        if isinstance(node, dict):
            node = node.get(key, _MISSING) if isinstance(key, str) else node.get(str(key), _MISSING)
        elif isinstance(node, list) and (index := _index(key)) is not None and index < len(node):
            node = node[index]
        else:
            return _MISSING
    return node


def _index(key: str | int) -> int | None:
    """Return a key as an index: templates may write ``list.0``."""
    if isinstance(key, int):
        return key
    return int(key) if key.isascii() and key.isdigit() and len(key) < _LONGEST_INDEX else None


_LONGEST_INDEX: Final = 7
