"""The page of all settings, from the pydantic models that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.config import Settings
from scripts.pages.schema import bounds, sentence, table, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.pages.schema import Schema

_INTRODUCTION = """\
# Settings

Written by `make docs` from the code that reads them; change the descriptions there.

Each of these overrides the ones before it:

1. the defaults below,
2. a TOML file: `--config`, else `HUB_CONFIG`, else `hub.toml` in the working directory if it is there,
3. the environment: `HUB_SECTION__KEY`, such as `HUB_MQTT__URL`; lists are written as JSON,
4. the command line.

[`hub config show`](commands.md#hub-config-show) tells for each setting which of them it came from, and
[`hub config check`](commands.md#hub-config-check) names every mistake. A key that is not listed here is one. Units
stand at the end of a name (`_s` seconds, `_bytes`); an age such as `forget_after` is a number of seconds or a text such
as `"12h"` or `"30d"`.
"""


def page() -> str:
    """Give the page that lists every setting with its default, range and meaning."""
    schema = Settings.model_json_schema()
    definitions: Schema = schema.get("$defs", {})
    fields = schema["properties"]
    sections = {name: found for name, field in fields.items() if (found := _section(field, definitions))}
    lines = [_INTRODUCTION, *_settings({name: field for name, field in fields.items() if name not in sections})]
    for name, section in sections.items():
        lines += _lines(name, section, definitions, repeated=fields[name].get("type") == "array")
    return "\n".join(lines).rstrip() + "\n"


def _lines(name: str, section: Schema, definitions: Schema, *, repeated: bool) -> Iterator[str]:
    """Yield the lines of a section and of the sections inside it; a repeated one may stand in the file many times."""
    yield f"\n## `[[{name}]]`\n" if repeated else f"\n## `[{name}]`\n"
    yield sentence(section.get("description", "")) + "\n"
    fields = section["properties"]
    inner = {key: found for key, field in fields.items() if (found := _section(field, definitions))}
    yield from _settings({key: field for key, field in fields.items() if key not in inner})
    for key, found in inner.items():
        yield from _lines(f"{name}.{key}", found, definitions, repeated=fields[key].get("type") == "array")


def _section(field: Schema, definitions: Schema) -> Schema | None:
    """Give the schema of the section that a field is, or is a list of; None for a plain setting."""
    target = field.get("items", field) if field.get("type") == "array" else field
    found: Schema | None = definitions.get(target.get("$ref", "").rpartition("/")[2])
    return found if found is not None and "properties" in found else None


def _settings(fields: Schema) -> Iterator[str]:
    """Yield the lines of a table of plain settings."""
    rows = (
        (
            f"`{key}`",
            f"`{written(field['default'])}`" if "default" in field else "required",
            " ".join(filter(None, (sentence(field.get("description", "")), bounds(field)))),
        )
        for key, field in fields.items()
    )
    yield from table(("key", "default", "meaning"), rows)
