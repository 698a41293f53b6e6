"""The page of all commands, from the functions that carry them out."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import typer.main

from hub.cli import app as hub_app
from scripts.pages.schema import sentence, table, written
from simulators.cli import app as simulators_app

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# Commands

Written by `make docs` from the functions that carry them out. `--help` behind any of them says the same.

`hub` ends with 0 when it is done or was told to stop (SIGINT, SIGTERM), with 1 when something it was asked about is
wrong, and with 2 when it cannot start; then it says why in one sentence.
"""


def page() -> str:
    """Give the page that lists every command with its arguments and options."""
    lines = [_INTRODUCTION]
    for name, app in (("hub", hub_app), ("python -m simulators", simulators_app)):
        lines += _lines(name, typer.main.get_command(app))
    return "\n".join(lines).rstrip() + "\n"


def _lines(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - a click command, whose package typer hides
    """Yield the lines of a command, and of those below it."""
    below: dict[str, Any] = getattr(command, "commands", {})
    if below:
        for key, inner in below.items():
            yield from _lines(f"{name} {key}", inner)
        return
    yield f"## `{name}`\n"
    yield sentence(inspect.cleandoc(command.help or "")) + "\n"
    rows = list(_rows(command))
    yield from table(("argument", "default", "meaning"), rows)
    if rows:
        yield ""


def _rows(command: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - likewise
    """Yield a row for each argument and option of a command."""
    for parameter in command.params:
        option = parameter.param_type_name == "option"
        names = "/".join((*parameter.opts, *parameter.secondary_opts)) if option else parameter.name.upper()
        default = parameter.default() if callable(parameter.default) else parameter.default
        default = getattr(default, "value", default)
        stated = parameter.secondary_opts or (default is not None and default is not False)
        shown = "required" if parameter.required else f"`{written(default)}`" if stated else ""
        yield f"`{names}`", shown, sentence(parameter.help or "")
