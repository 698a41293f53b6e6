"""Templates of Home Assistant's discovery: what they may do, and what they may cost."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Rejection
from hub.normalise.decoders.home_assistant_bounds import MAX_OUTPUT_CHARACTERS, Budget
from hub.normalise.decoders.home_assistant_filters import FUNCTIONS, METHODS
from hub.normalise.decoders.home_assistant_paths import MAX_TEMPLATE_CHARACTERS, at, reads
from hub.normalise.decoders.home_assistant_templates import Templates, undefined

ROOT: dict[str, Any] = {
    "t": "215",
    "f": 6,
    "a": {"b": 5, "items": 3, "x y": 1},
    "l": [1, 2, {"x": 3}],
    "s": "a,b",
    "z": None,
    "big": list(range(300)),
    "when": "2025-12-23T14:00:00Z",
}
LIMIT_S = 2.0
"""Far more than any template may take, and far less than a bomb would."""


def render(template: str, root: Any = ROOT, text: str = "21.5") -> str | Rejection | None:
    """What a template makes of a message."""
    ready = Templates().ready(template, Budget(0))
    return ready if isinstance(ready, Rejection) else ready.render(text, root, Budget(len(text)))


def reason(template: str) -> str:
    """Why a template gives nothing."""
    made = render(template)
    assert isinstance(made, Rejection), made
    assert len(made.detail) < 300
    return made.reason


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{{ value_json.t }}", ("t",)),
        ("{{value_json.a.b}}", ("a", "b")),
        ("{{- value_json.a.b -}}", ("a", "b")),
        ("\n{{ value_json['a']['x y'] }}\n", ("a", "x y")),
        ('{{ value_json["l"][2].x }}', ("l", 2, "x")),
        ("{{ value_json.l.0 }}", ("l", "0")),
        ("{{ value_json.t | is_defined }}", ("t",)),
        ("{{ value }}", ()),
        ("{{ value_json }}", ()),
        ("", ()),
    ],
)
def test_a_plain_path_is_told_from_the_text_alone(template: str, path: tuple[str | int, ...]) -> None:
    assert reads(template).plain
    assert reads(template).path == path


@pytest.mark.parametrize(
    ("template", "paths"),
    [
        ("{{ value_json.t | float / 10 }}", [("t",)]),
        ("{{ value_json.f if value_json.t is defined else value_json.f }}", [("f",), ("t",)]),
        ("{{ value_json.s.split(',')[0] }}", [("s",)]),
        ("{{ value_json.get('t') }}{{ value_json.a.get(\"b\", 1) }}", [("t",), ("a", "b")]),
        ("{{ value_json.a.items() | list | length }}", [("a",)]),
        ("{# value_json.no #}{{ value_json.t * 2 }}", [("t",)]),
        ("{{ value | float * 2 }}", []),
        ("{{ my_value_json.t * 2 }}{{ x.value_json.t }}", []),
        ("{{ value_json.t }} W", [("t",)]),
        ("{{ value_json.a[value_json.s] }}", [("a",), ("s",)]),
        ("{% if value_json.f > 3 %}{{ value_json.t }}{% endif %}", [("f",), ("t",)]),
    ],
)
def test_the_paths_of_other_templates_are_found_in_the_order_of_their_text(template: str, paths: list[Any]) -> None:
    assert not reads(template).plain
    assert list(reads(template).paths) == paths


def test_a_path_leads_through_objects_and_lists() -> None:
    assert at(ROOT, ("l", 2, "x")) == 3
    assert at(ROOT, ("l", "0")) == 1
    assert [at(ROOT, path) for path in (("l", 9), ("l", "x"), ("s", 0), ("no", "t"), ("l", "9" * 50))] == [None] * 5


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{{ (value_json.t | float) / 10 }}", "21.5"),
        ("{{ value | float + 1 }}", "22.5"),
        ("{{ (value_json.f / 4) | round(1) }}", "1.5"),
        ("{{ 21.6 | round }}|{{ 21.4 | round(0, 'ceil') }}|{{ 21.6 | round(0, 'floor') }}", "22|22|21"),
        ("{{ 21.3 | round(1, 'half') }}", "21.5"),
        ("{{ '42.7' | int }}|{{ '0x1f' | int(0, 16) }}|{{ 'x' | int(7) }}|{{ int('3') }}", "42|31|7|3"),
        ("{{ 'x' | float(0) }}|{{ float(value_json.t) }}", "0|215.0"),
        ("{{ value_json.no | default(3) }}|{{ '' | default('d', true) }}|{{ value_json.no | d }}x", "3|d|x"),
        ("{{ value_json.f | bitwise_and(2) }}|{{ 6 | bitwise_or(1) }}|{{ 6 | bitwise_xor(2) }}", "2|7|4"),
        ("{{ 'ON' if value_json.f > 3 else 'OFF' }}", "ON"),
        ("{% if value_json.f is odd %}a{% elif value_json.f in [5, 6] %}b{% else %}c{% endif %}", "b"),
        ("{% set m = {1: 'a', 6: 'b'} %}{{ m[value_json.f] }}", "b"),
        ("{% set a, b = 1, 2 %}{{ a + b }}", "3"),
        ("{% for k, v in value_json.a.items() %}{{ k }}={{ v }};{% endfor %}", "b=5;items=3;x y=1;"),
        (
            "{% for x in value_json.l if x is number %}{{ loop.index }}{{ '.' if loop.last else ',' }}{% endfor %}",
            "1,2.",
        ),
        (
            "{{ value_json.s.split(',')[1] }}|{{ value_json.s.upper() }}|{{ value_json.s | replace('a', 'x') }}",
            "b|A,B|x,b",
        ),
        ("{{ '%.2f' % value_json.f }}|{{ '%0.1f,%s' | format(value_json.f, 'x') }}|{{ '%d%%' % 5 }}", "6.00|6.0,x|5%"),
        ("{{ value_json.f ~ ' W' }}|{{ 'a' + 'b' }}|{{ [1] + [2] }}", "6 W|ab|[1, 2]"),
        ("{{ [1, value_json.f] | max }}|{{ min(3, 2) }}|{{ [1, 2] | sum }}|{{ average(1, 2) }}", "6|2|3|1.5"),
        ("{{ value_json.l | first }}|{{ value_json.l[-1].x }}|{{ value_json.l | length }}", "1|3|3"),
        ("{{ value_json.l | map(attribute='x') | list | join(',') }}|{{ value_json.big[:3] | join('-') }}", "3|0-1-2"),
        ("{{ value_json.z is none }}|{{ value_json.no is defined }}|{{ value_json.a is mapping }}", "True|False|True"),
        ("{{ value_json.f | iif('y', 'n') }}|{{ none | iif(1, 2, 3) }}|{{ iif(0) }}", "y|3|False"),
        ("{{ 'on' | bool }}|{{ 0 | bool }}|{{ 'x' | bool(false) }}", "True|False|False"),
        ("{{ 8 | log(2) | round(2) }}|{{ 16 | sqrt }}|{{ 2 ** 10 }}|{{ 2 ** -1 }}", "3.0|4.0|1024|0.5"),
        (
            "{{ value_json.when | as_timestamp }}|{{ 1766499000 | timestamp_utc }}",
            "1766498400.0|2025-12-23T14:10:00+00:00",
        ),
        ("{{ '{\"x\": [1, 2]}' | from_json | to_json }}|{{ (value | from_json) }}", '{"x":[1,2]}|21.5'),
        ("{{ 'Ab' | lower }}{{ 'Ab'.startswith('A') }}{{ ' x ' | trim }}{{ 'a-b' | title }}", "abTruexA-B"),
        ("{{ [3, 1, 3] | sort | unique | list }}|{{ 'abc' | reverse }}|{{ '5' | is_number }}", "[1, 3]|cba|True"),
        (
            "{{ value_json.l | selectattr('x', 'eq', 3) | list }}|{{ value_json.l | rejectattr('x') | list }}",
            "[{'x': 3}]|[]",
        ),
        ("{{ -5 | abs }}|{{ '3' | multiply(2) }}|{{ '3' | add(2) }}|{{ value_json.a.get('no', 4) }}", "5|6.0|5.0|4"),
    ],
)
def test_templates_reckon_compare_and_take_texts_apart(template: str, made: str) -> None:
    assert render(template) == made


@pytest.mark.parametrize(
    "template",
    [
        "{{ value_json.no }}",
        "{{ value_json.no | is_defined }}",
        "{{ value_json.no + 1 }}",
        "{{ value_json.no.other }}",
        "{{ value_json.no | float }}",
        "{{ value_json.z | int }}",
        "{{ 'unavailable' | float }}{{ 'n/a' | round }}",
        "{{ '' | bool }}",
        "{{ value_json.z }}",
        "{{ '' }}",
        "{% set x = 1 %}",
        "{{ value_json.__class__ }}",
        "{{ ''.__class__ }}",
        "{{ value_json.a['__init__'] }}",
        "{{ no_such_name }}",
    ],
)
def test_what_is_missing_is_no_value_and_no_error(template: str) -> None:
    assert render(template) is None


@pytest.mark.parametrize(
    "template",
    [
        "{{ states('sensor.x') }}",
        "{{ now() }}",
        "{{ value | regex_replace('a', 'b') }}",
        "{{ 'a' | center(1000000000) }}",
        "{{ 'a'.format(1) }}",
        "{{ 'a'.__len__() }}",
        "{{ value_json['a']() }}",
        "{{ range(1000000000) }}",
        "{{ float() }}",
        "{{ float(*value_json.l) }}",
        "{{ value | float(**value_json.a) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{% call x() %}{% endcall %}",
        "{% set x %}a{% endset %}",
        "{% set ns.x = 1 %}",
        "{% for x in value_json.l recursive %}{{ loop(x) }}{% endfor %}",
        "{% with x = 1 %}{% endwith %}",
        "{% autoescape true %}{% endautoescape %}",
        "{{ _budget }}",
        "{{ value is divisibleby(*value_json.l) }}",
        "{{ value is no_such_test }}",
        "{{ value_json.t",
        "{% if %}",
        "{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}",
        "{{ " + "not " * 1500 + "1 }}",
        "{{ " + "[" * 1000 + "]" * 1000 + " }}",
        "{{ " + "1+" * 3000 + "1 }}",
        "{{ " + "9" * 5000 + " }}",
        "{% for a in value_json.l %}" * 40 + "{% endfor %}" * 40,
        "{% if 1 %}" * 150 + "{% endif %}" * 150,
        "x" * (MAX_TEMPLATE_CHARACTERS + 1),
        "x" * 10 * MAX_TEMPLATE_CHARACTERS,
    ],
)
def test_what_no_template_may_do_is_refused_when_its_entry_comes(template: str) -> None:
    started = time.perf_counter()
    assert reason(template) == "bad_template"
    assert time.perf_counter() - started < LIMIT_S


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 10 ** 10 ** 10 }}",
        "{{ 2 ** 100000000 }}",
        "{{ (-8) ** 0.5 }}",
        "{{ '%99999999d' % 3 }}",
        "{{ '%*d' % (99999999, 3) }}",
        "{{ '%s' | format }}",
        "{{ 5 // 0 }}",
        "{{ 'x' | float }}",
        "{{ 'x' | int }}",
        "{{ 'x' | bool }}",
        "{{ [] | first }}",
        "{{ value_json.a | round }}",
        "{{ value_json.l | join('x' * 5) }}",
        "{% for x in 5 %}{% endfor %}",
        "{% set a = [1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
        "{% set a = {1: 1} %}" + "{% set a = {1: a, 2: a} %}" * 40 + "{{ a }}",
        "{% set a = (1,) %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a | replace('x', 'xxxxxxxxxx') %}" * 10,
        "{% set a = 9 %}" + "{% set a = a * a %}" * 40 + "{{ a }}",
        "{% for a in value_json.big %}" * 3 + "{% set x = a * a %}" + "{% endfor %}" * 3,
        "{% for a in value_json.big %}" * 3 + "{{ a }}" + "{% endfor %}" * 3,
        "{% for a in value_json.l %}" * 12 + "{% endfor %}" * 12,
        "x" * (MAX_OUTPUT_CHARACTERS + 1),
    ],
)
def test_a_template_that_takes_too_much_or_fails_is_told(template: str) -> None:
    started = time.perf_counter()
    assert reason(template) == "template_failed"
    assert time.perf_counter() - started < LIMIT_S


EXPRESSION = st.recursive(
    st.sampled_from(
        ["1", "0.5", "'ab'", "value", "value_json", "value_json.l", "value_json.a.b", "none", "x", "[1, 'a']"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(sorted(FUNCTIONS))).map(lambda pair: f"({pair[0]} | {pair[1]})"),
        st.tuples(inner, st.sampled_from(sorted(FUNCTIONS)), inner).map(
            lambda part: f"({part[0]} | {part[1]}({part[2]}))"
        ),
        st.tuples(inner, st.sampled_from(sorted(METHODS)), inner).map(lambda part: f"({part[0]}.{part[1]}({part[2]}))"),
        st.tuples(
            inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "and"]), inner
        ).map(lambda part: f"({' '.join(part)})"),
        st.tuples(inner, inner).map(lambda part: f"({part[0]}[{part[1]}])"),
        st.tuples(inner, inner).map(lambda part: f"({part[0]} if {part[1]} else none)"),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    expression=EXPRESSION,
    noise=st.text(alphabet="{}%#|.()[]'\" avxluej_son", max_size=40),
    root=st.sampled_from([ROOT, 5, "x", [], None]),
)
def test_no_template_raises_whatever_it_does(expression: str, noise: str, root: Any) -> None:
    for template in (
        f"{{{{ {expression} }}}}",
        noise,
        f"{{% for i in {expression} %}}{{{{ i }}}}{{% endfor %}}",
        f"{{{{ {noise} }}}}",
    ):
        reads(template)
        made = render(template, undefined() if root is None else root)
        assert made is None or isinstance(made, (str, Rejection))
        assert not isinstance(made, str) or len(made) <= MAX_OUTPUT_CHARACTERS


@pytest.mark.parametrize(
    ("template", "keeps"),
    [
        ("{{ value_json.t }}", True),
        ("{{ value_json.t | float }}", True),
        ("{{ (value_json['t']) | default(0) | round(1) }}", True),
        ("{{ value | int }}", True),
        ("{{ value_json.a.b if value_json.a.b is defined else 0 }}", True),
        ("{{ value_json.t | float if value_json.t is not none else '' -}}", True),
        ("{{ value_json.t | float / 10 }}", False),
        ("{{ value_json.t * 2 if value_json.t is defined else 0 }}", False),
        ("{{ value_json.t if value_json.f > 3 else 0 }}", False),
        ("{{ value_json.t | multiply(2) }}", False),
        ("{{ value_json.t }}{{ value_json.f }}", False),
    ],
)
def test_what_only_rounds_a_value_or_has_a_default_for_it_keeps_its_unit(template: str, keeps: bool) -> None:  # noqa: FBT001 - an expectation
    assert reads(template).keeps_unit is keeps


def test_a_long_template_of_any_kind_is_looked_at_in_no_time() -> None:
    started = time.perf_counter()
    for text in (
        *("{{ value_json.a " + "| float " * 1000 + "x", "{{ value_json.a | round(" + "1," * 3000 + "}}"),
        *("{{ value_json.a if value_json.a is defined else " + " " * 8000 + "!", "{{ value" + " " * 8000 + "!"),
        *("{{" + " " * 8000, "{{ (" + " " * 4000 + "value_json.a" + " " * 4000, "{{ value_json" + " . a" * 2000 + "!"),
    ):
        reads(text)
    for text in ("{#" * 4096, "#}" + "{#" * 4000, "{##}" * 2000, "value_json" + " " * 8000, "value_json.a." * 600):
        reads(text)
    assert time.perf_counter() - started < LIMIT_S
