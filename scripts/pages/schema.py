"""Saying in words what a JSON schema says, for the tables of reference pages.

References:
    JSON Schema 2020-12.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Schema = dict[str, Any]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, nothing without rows.

    Args:
        head: The columns' titles.
        rows: Their cells; a bar in one is written so that it ends no cell.
    """
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if lines:
        yield "| " + " | ".join(head) + " |"
        yield "|---" * len(head) + "|"
        yield from lines


def sentence(text: str) -> str:
    """Give a text's first paragraph on one line, begun with a capital and ended with a full stop."""
    line = re.sub(r"\s+", " ", text.strip().split("\n\n")[0]).replace("``", "`")
    if line and not line.endswith((".", "!", "?")):
        line += "."
    # What begins with a name or a value (`auto: …`) keeps it as it is written.
    return line if re.match(r"\w+:", line) else line[:1].upper() + line[1:]


def bounds(field: Schema) -> str:
    """Give what values a plain field may have, where it is limited."""
    if "enum" in field:
        return "One of " + ", ".join(f"`{written(value)}`" for value in field["enum"]) + "."
    least, most = field.get("minimum", field.get("exclusiveMinimum")), field.get("maximum")
    if least is not None and most is not None:
        return f"{least}…{most}."
    if least is not None:
        return f"{'At least' if 'minimum' in field else 'More than'} {least}."
    return f"At most {most}." if most is not None else ""


def written(value: object) -> str:
    """Give a value as TOML and JSON write it, whole numbers without a fraction."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def kind(field: Schema) -> str:
    """Give the type of a field in words: ``text``, ``number or null``, ``list of objects``."""
    if "anyOf" in field:
        kinds = dict.fromkeys(kind(option) for option in field["anyOf"])
        return " or ".join(kinds)
    if field.get("type") == "array":
        items = field.get("items") or {}
        return f"list of {kind(items)}s" if kind(items) in {"object", "number", "integer"} else f"list of {kind(items)}"
    if field.get("format") == "date-time":
        return "time"
    if "$ref" in field or field.get("type") == "object":
        return "object"
    if isinstance(field.get("type"), list):
        return " or ".join(kind({"type": name}) for name in field["type"])
    name: str = field.get("type", "anything")
    return {"string": "text", "boolean": "true or false"}.get(name, name)
