"""The bounds on sizes hold for the whole tree, and the script that measures them measures right."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

from scripts.sizes import FUNCTION_LINES, MODULE_LINES, findings
from tests.support.tree import ROOT

FOLDERS = ("hub", "simulators", "tests", "bench", "scripts")


def sentences(source: str) -> list[str]:
    return [sentence for _, sentence in findings(dedent(source))]


def test_every_module_and_function_of_the_tree_is_within_its_bounds() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/sizes.py", *FOLDERS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_a_module_at_its_bound_passes_and_one_line_more_does_not() -> None:
    assert sentences("x = 1\n" * MODULE_LINES) == []
    assert sentences("x = 1\n" * (MODULE_LINES + 1)) == ["the module has 351 lines, at most 350"]


def test_a_function_at_its_bound_passes_and_one_line_more_does_not() -> None:
    assert sentences("def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1)) == []
    assert sentences("async def f():\n" + "    x = 1\n" * FUNCTION_LINES) == ["f has 51 lines, at most 50"]


def test_a_docstring_does_not_count() -> None:
    docstring = '    """Gives.\n\n    More.\n    """\n'
    assert sentences("def f():\n" + docstring + "    x = 1\n" * (FUNCTION_LINES - 1)) == []
    assert sentences("def f():\n" + docstring + "    x = 1\n" * FUNCTION_LINES) == ["f has 51 lines, at most 50"]


def test_self_does_not_count_as_a_parameter_but_keywords_do() -> None:
    assert sentences("class C:\n    def f(self, a, b, c, *, d, e, g): ...\n") == []
    assert sentences("def f(a, b, c, d, *, e, g, h): ...\n") == ["f has 7 parameters, at most 6"]


def test_a_chain_of_elif_is_one_level_and_an_inner_function_starts_anew() -> None:
    assert (
        sentences(
            """
            def f(x):
                if x:
                    for y in x:
                        if y:
                            def g(z):
                                if z:
                                    pass
                        elif x:
                            pass
                        elif y:
                            pass
            """
        )
        == []
    )


def test_four_levels_are_one_too_many() -> None:
    source = """
        def f(x):
            while x:
                try:
                    for y in x:
                        with y:
                            if y:
                                pass
                finally:
                    pass
        """
    assert sentences(source) == ["f has 4 levels of nesting, at most 3"]


def test_a_commands_options_are_not_counted_where_ruff_is_told_why() -> None:
    options = "".join(f"    o{number}: int,\n" for number in range(60))
    assert len(sentences(f"def f(\n{options}): ...\n")) == 2
    assert sentences(f"def f(  # noqa: PLR0913 - the options\n{options}): ...\n") == []


def test_nesting_is_not_counted_where_ruff_is_told_why() -> None:
    body = "    while x:\n        if x:\n            for y in x:\n                if y:\n                    pass\n"
    assert len(sentences(f"def f(x):\n{body}")) == 1
    assert sentences(f"def f(x):  # noqa: PLR0912 - one loop\n{body}") == []
