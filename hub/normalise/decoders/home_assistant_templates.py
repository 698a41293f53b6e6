"""Templates: what a discovery entry makes of a message where that is more than a plain path.

A template is parsed by Jinja, looked at node by node, and rewritten so that all it can call is one of the bounded
filters, and all it can loop over is counted. What it may not do is refused when it is compiled.

References:
    Normalisation section 6; Jinja 3, sandbox: "it is possible to create templates that take a long time".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from jinja2 import Undefined, nodes
from jinja2.exceptions import TemplateError, UndefinedError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from hub.core.model import Rejection
from hub.normalise.decoders.home_assistant_bounds import (
    MAX_OUTPUT_CHARACTERS,
    Budget,
    Spent,
    joined,
    reckoned,
    sized,
)
from hub.normalise.decoders.home_assistant_filters import FUNCTIONS, METHODS, formatted
from hub.normalise.decoders.home_assistant_paths import MAX_TEMPLATE_CHARACTERS

if TYPE_CHECKING:
    from jinja2 import Template as JinjaTemplate
    from jinja2.runtime import Context

    from hub.normalise.decoders.home_assistant_bounds import Operand

MAX_NODES: Final = 4096
"""Most nodes of a template."""
MAX_COMPILED: Final = 2048
"""Templates that are kept compiled; the one that was compiled first goes, and is compiled again when it is needed."""
MAX_CHARACTERS: Final = 1_000_000
"""Characters of all templates that are kept compiled; compiled, each takes up to 25 bytes."""

_CONCATENATED, _CONTAINED, _COUNTED = "~joined", "~contained", "~counted"
"""Filters that no template can write."""
_BUDGET: Final = "_budget"
"""A name that no template may write."""
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow),
    *(nodes.Concat, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.List, nodes.Tuple, nodes.Dict),
    *(nodes.Pair, nodes.Keyword),
)
_TESTS: Final = frozenset(
    """
    boolean defined divisibleby eq equalto even false float ge greaterthan gt in integer iterable le lessthan lower lt
    mapping ne none number odd sequence string true undefined upper == != < <= > >=
    """.split()  # noqa: SIM905 - as a list it would fill a page
)
_OF_LOOPS: Final = ("index", "index0", "first", "last", "length")
_FAILURES: Final = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError)
_NOT_COMPILED: Final = (*_FAILURES, SyntaxError, MemoryError)


_Node = TypeVar("_Node", bound=nodes.Node)


class _Refused(TemplateError):
    """A template does what it may not do."""


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja without attributes: a dot only leads to the key of an object."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(optimized=False, cache_size=0)
        self.globals.clear()
        self.filters = {
            **FUNCTIONS,
            **{f".{name}": method for name, method in METHODS.items()},
            _CONCATENATED: joined,
            _CONTAINED: sized,
            _COUNTED: lambda values, budget, count: budget.counted(values, count),
        }
        self.tests = {name: test for name, test in self.tests.items() if name in _TESTS}

    def getattr(self, obj: Operand, attribute: str) -> Operand:
        """Return what an object holds under a key."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Operand, argument: Operand) -> Operand:
        """Return what an object holds under a key, or a list or text at an index."""
        if isinstance(obj, list) and isinstance(argument, str) and argument.isdecimal() and argument.isascii():
            argument = int(argument[:9])
        if isinstance(obj, (dict, list, tuple, str)):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        elif isinstance(obj, LoopContext) and argument in _OF_LOOPS:
            return getattr(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Operand, right: Operand) -> Operand:  # noqa: ARG002 - Jinja's own
        """Return the result of an operator whose results can grow."""
        if operator != "%":
            return reckoned(operator, left, right)
        return formatted(left, right) if isinstance(left, str) else left % right


_ENVIRONMENT: Final = _Environment()


class _Rewriting(NodeTransformer):
    """Refuses what a template may not do, and bounds what it may."""

    def __init__(self) -> None:
        self.count = 0
        self.names: set[str] = set()

    def visit(self, node: nodes.Node, *args: Operand, **kwargs: Operand) -> Operand:
        """Return a node as it may be compiled."""
        self.count += 1
        if self.count > MAX_NODES:
            raise _Refused(f"it has more than {MAX_NODES} parts")
        if type(node) not in _ALLOWED:
            raise _Refused(f"it has {type(node).__name__.lower()} in it")
        return super().visit(node, *args, **kwargs)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Take note of a name."""
        if node.name == _BUDGET:
            raise _Refused(f"it uses the name {node.name}")
        self.names.add(node.name)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return the filter that a function or method is."""
        arguments, called = list(node.args), node.node
        if isinstance(called, nodes.Getattr):
            subject, name, known = called.node, f".{called.attr}", called.attr in METHODS
        elif isinstance(called, nodes.Name) and arguments:
            subject, name, known = arguments.pop(0), called.name, called.name in FUNCTIONS
        else:
            raise _Refused("it calls what it may not")
        if not known:
            raise _Refused(f"it calls {name.lstrip('.')[:64]}")
        made = nodes.Filter(subject, name, arguments, node.kwargs, node.dyn_args, node.dyn_kwargs, lineno=node.lineno)
        return self.visit_Filter(made)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return a filter that may be used."""
        if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise _Refused("it passes arguments that cannot be seen")
        if node.name not in _ENVIRONMENT.filters:
            raise _Refused(f"it uses the filter {node.name[:64]}")
        return self._within(node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return a test that may be used."""
        if node.dyn_args is not None or node.dyn_kwargs is not None or node.name not in _ENVIRONMENT.tests:
            raise _Refused(f"it uses the test {node.name[:64]}")
        return self._within(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return texts joined with a bound."""
        parts = nodes.List(self._within(node).nodes, lineno=node.lineno)
        return _filter(parts, _CONCATENATED)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return a list with a bound."""
        return _filter(self._within(node), _CONTAINED)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return an object with a bound."""
        return _filter(self._within(node), _CONTAINED)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return a tuple with a bound; one that names are given by stays as it is."""
        inner = self._within(node)
        return _filter(inner, _CONTAINED) if node.ctx == "load" else inner

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja's own
        """Return a loop that is counted."""
        if node.recursive:
            raise _Refused("it has a loop that calls itself")
        before = self.count
        loop = self._within(node)
        arguments = [nodes.Name(_BUDGET, "load", lineno=node.lineno), nodes.Const(self.count - before)]
        loop.iter = nodes.Filter(loop.iter, _COUNTED, arguments, [], None, None, lineno=node.lineno)
        return loop

    def _within(self, node: _Node) -> _Node:
        """Return a node whose parts were looked at."""
        return self.generic_visit(node)  # type: ignore[return-value]  # of the same type, with other parts


def _filter(node: nodes.Expr, name: str) -> nodes.Filter:
    """Return a node with a filter of our own behind it."""
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class Template:
    """A template that is ready to be rendered.

    Args:
        compiled: by Jinja.
        count: how many nodes it has.
        reads_text: True if it looks at the message as it was sent.
    """

    __slots__ = ("_compiled", "_count", "reads_text")

    def __init__(self, compiled: JinjaTemplate, count: int, *, reads_text: bool) -> None:
        self._compiled, self._count = compiled, count
        self.reads_text = reads_text

    def render(self, text: str, root: Operand, budget: Budget) -> str | Rejection | None:
        """Return the text that it makes of a message, None for no value; a Rejection if it fails.

        Args:
            text: the message as it was sent.
            root: its parsed JSON, an :class:`jinja2.Undefined` if it is none.
            budget: of the message.
        """
        try:
            budget.spend(self._count)
            context = self._compiled.new_context({"value": text, "value_json": root, _BUDGET: budget})
            parts: list[str] = []
            length = 0
            for part in self._compiled.root_render_func(context):
                length += len(part)
                if length > MAX_OUTPUT_CHARACTERS:
                    raise Spent("a text")
                parts.append(part)
        except UndefinedError:
            return None
        except (*_FAILURES, MemoryError) as error:
            return _failed(error)
        made = "".join(parts).strip()
        return None if made in _NOTHING else made


_NOTHING: Final = ("", "None")
"""What a template gives where there is no value."""


def undefined() -> Undefined:
    """Return what a template sees in the place of JSON that a message has not."""
    return Undefined(name="value_json")


class Templates:
    """Templates that are ready to be rendered; what is not kept is compiled when it is needed."""

    def __init__(self) -> None:
        self._ready: dict[str, Template | Rejection] = {}
        self._characters = 0

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._ready)

    def ready(self, template: str, budget: Budget) -> Template | Rejection:
        """Return a template ready to be rendered, or why it cannot be.

        Args:
            template: its text.
            budget: of the message for which it is compiled.
        """
        found = self._ready.get(template)
        if found is not None:
            return found
        if len(template) > MAX_TEMPLATE_CHARACTERS:
            detail = f"A template of {len(template)} characters; {MAX_TEMPLATE_CHARACTERS} is the limit."
            return Rejection("bad_template", detail)
        try:
            budget.compile(len(template))
        except Spent as error:
            return _failed(error)
        found = _compiled(template)
        self._characters += len(template)
        while self._ready and (len(self._ready) >= MAX_COMPILED or self._characters > MAX_CHARACTERS):
            first = next(iter(self._ready))
            self._characters -= len(first)
            del self._ready[first]
        self._ready[template] = found
        return found


def _compiled(template: str) -> Template | Rejection:
    """Return a template ready to be rendered, or why it cannot be."""
    try:
        rewriting = _Rewriting()
        tree = rewriting.visit(_ENVIRONMENT.parse(template))
        code = _ENVIRONMENT.compile(tree)
        ready = _ENVIRONMENT.template_class.from_code(_ENVIRONMENT, code, {})
    except _NOT_COMPILED as error:
        return Rejection("bad_template", f"A template of Home Assistant discovery cannot be used: {_said(error)}.")
    return Template(ready, rewriting.count, reads_text="value" in rewriting.names)


def _failed(error: BaseException) -> Rejection:
    """Return that a template failed."""
    return Rejection("template_failed", f"A template of Home Assistant discovery failed: {_said(error)}.")


def _said(error: BaseException) -> str:
    """Return what an error says, on one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
