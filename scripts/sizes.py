"""Keeps modules and functions small: prints every one that is over its bound, and fails if there is any.

The bounds are the project's: a module has at most 350 lines, a function at most 50 (its docstring aside), at most 6
parameters, and control flow nested at most 3 deep (branches, loops and handlers; a ``with`` only says how long a thing
is held). What wants to grow past a bound has two ideas in it.

Two exceptions stand on a ``def`` line with their reason, where ruff wants them too: ``noqa: PLR0913`` for a command,
whose parameters are its options (they are not counted, nor their lines), and ``noqa: PLR0912`` for one loop that cannot
afford calls (its nesting is not counted).

Usage: ``python scripts/sizes.py FOLDER…``
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE_LINES = 350
FUNCTION_LINES = 50
PARAMETERS = 6
NESTING = 3

_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def depth(node: ast.AST, *, continues: bool = False) -> int:
    """Give how deep control flow is nested inside a node, without entering functions and classes defined in it.

    Args:
        node: Any syntax node.
        continues: Whether the node is the ``elif`` of its parent, which reads as one level with it.
    """
    own = 1 if isinstance(node, _BRANCHES) and not continues else 0
    inner = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        inner = max(inner, depth(child, continues=chained))
    return own + inner


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Give the number of a function's parameters, ``self`` and ``cls`` aside."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return sum(name not in {"self", "cls"} for name in names)


def findings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the sentence for everything in a module's source that is over its bound.

    Args:
        source: The text of a Python module.

    Raises:
        SyntaxError: The text is not Python.
    """
    lines = len(source.splitlines())
    if lines > MODULE_LINES:
        yield 1, f"the module has {lines} lines, at most {MODULE_LINES}"
    written = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for value, bound, unit in measured(node, written[node.lineno - 1]):
            if value > bound:
                yield node.lineno, f"{node.name} has {value} {unit}, at most {bound}"


def measured(function: ast.FunctionDef | ast.AsyncFunctionDef, def_line: str) -> Iterator[tuple[int, int, str]]:
    """Yield what is measured of a function: the value, its bound, and what it counts.

    Args:
        function: The function.
        def_line: Its first line, where exceptions stand.
    """
    body = function.body
    lists_options = "noqa: PLR0913" in def_line
    first = body[0].lineno if lists_options else function.lineno
    documented = body[0] if ast.get_docstring(function) is not None else None
    docstring_lines = (documented.end_lineno or 0) - documented.lineno + 1 if documented else 0
    yield (function.end_lineno or first) - first + 1 - docstring_lines, FUNCTION_LINES, "lines"
    if not lists_options:
        yield parameters(function), PARAMETERS, "parameters"
    if "noqa: PLR0912" not in def_line:
        deepest = max((depth(child) for child in body if not isinstance(child, _SCOPES)), default=0)
        yield deepest, NESTING, "levels of nesting"


def main(folders: list[str]) -> int:
    """Print everything over its bound below the folders; give the exit status, 1 if there was anything."""
    failed = 0
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            for line, sentence in findings(path.read_text(encoding="utf-8")):
                print(f"{path}:{line}: {sentence}")
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
