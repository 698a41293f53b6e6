"""What becomes of messages whose values templates make, and what many templates may cost together."""

from __future__ import annotations

import json
import zlib

from hub.core.model import Rejection
from hub.normalise.decoders.home_assistant_bounds import Budget
from hub.normalise.decoders.home_assistant_paths import MAX_TEMPLATE_CHARACTERS
from hub.normalise.decoders.home_assistant_templates import MAX_CHARACTERS, MAX_COMPILED, Template, Templates
from tests.normalise.decoders.home_assistant_house import DEVICE, discover, entry, read, values
from tests.normalise.rig import Rig


def test_the_templates_of_one_message_share_what_they_may_spend() -> None:
    ready = Templates().ready(
        "{% for a in value_json.big %}{% for b in value_json.big %}{% endfor %}{% endfor %}", Budget(0)
    )
    assert isinstance(ready, Template)
    budget = Budget(100)
    assert isinstance(ready.render("", {"big": list(range(100))}, budget), (str, type(None)))
    outcomes = [ready.render("", {"big": list(range(100))}, budget) for _ in range(5)]
    assert isinstance(outcomes[-1], Rejection)


def test_a_compressed_message_may_spend_no_more_than_what_is_in_it() -> None:
    big = json.dumps({"big": [0] * 3000, "t": 5}).encode()
    for payload in (big, zlib.compress(big)):
        rig = Rig()
        loop = "{% for a in value_json.big %}{% if loop.last %}{{ value_json.t }}{% endif %}{% endfor %}"
        discover(rig, "sensor/a", stat_t="x/y", val_tpl=loop, dev=DEVICE)
        rig.feed("x/y", payload)
        assert rig.rejected["template_failed"] == 1


def test_a_compressed_message_is_the_text_that_is_in_it() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="x/y", val_tpl="{{ (value | from_json).t + 1 }}", dev=DEVICE)
    assert [row.value for row in rig.feed("x/y", zlib.compress(b'{"t": 5}'))] == [5, 6]


def test_templates_are_compiled_once_and_the_first_goes_where_there_is_no_room() -> None:
    templates = Templates()
    first = templates.ready("{{ 0 }}x", Budget(0))
    assert templates.ready("{{ 0 }}x", Budget(0)) is first
    for number in range(MAX_COMPILED):
        templates.ready(f"{{{{ {number} }}}}", Budget(0))
    assert len(templates) == MAX_COMPILED
    assert templates.ready("{{ 0 }}x", Budget(0)) is not first


def test_long_templates_leave_room_for_fewer() -> None:
    templates = Templates()
    count = 2 * MAX_CHARACTERS // MAX_TEMPLATE_CHARACTERS
    for number in range(count):
        templates.ready(str(number).rjust(MAX_TEMPLATE_CHARACTERS), Budget(0))
    assert len(templates) == MAX_CHARACTERS // MAX_TEMPLATE_CHARACTERS


def test_one_message_compiles_only_so_many_templates() -> None:
    templates, budget = Templates(), Budget(0)
    made = [templates.ready(f"{{{{ {number} }}}}", budget) for number in range(200)]
    assert isinstance(made[0], Template)
    assert isinstance(made[-1], Rejection)
    assert made[-1].reason == "template_failed"
    assert isinstance(templates.ready("{{ 199 }}", Budget(0)), Template)


def test_an_entry_with_more_templates_than_can_be_compiled_at_once_is_read_all_the_same() -> None:
    rig = Rig()
    components = {
        f"c{number}": {"p": "sensor", "val_tpl": f"{{{{ value_json.v{number} + {number} }}}}"} for number in range(150)
    }
    discover(rig, "device/d", dev=DEVICE, cmps=components, stat_t="x/y")
    payload = {f"v{number}": 1 for number in range(150)}
    for _ in range(3):
        found = values(rig, "x/y", payload)
    assert found == {f"v{number}": 1 + number for number in range(150)}


def test_what_a_template_makes_stands_for_the_raw_value_of_its_first_path() -> None:
    rig = Rig()
    discover(
        rig, "sensor/a", stat_t="x/y", val_tpl="{{ value_json.t / 10 + value_json.h }}", unit_of_meas="°C", dev=DEVICE
    )
    for t in (210, 220):
        assert read(rig, "x/y", {"t": t, "h": 1}) == [
            ("homeassistant/plug-1", "h", 1, None),
            ("homeassistant/plug-1", "t", t / 10 + 1, "°C"),
        ]
    assert values(rig, "x/y", {"t": 200}) == {}
    assert values(rig, "x/y", {"h": 200}) == {"h": 200}
    assert values(rig, "x/y", {"t": None, "h": 1}) == {"h": 1}
    assert rig.rejected == {"template_failed": 1}


def test_a_raw_value_that_a_component_reads_keeps_its_name() -> None:
    for order in (1, -1):
        rig = Rig()
        entries = [
            entry("sensor/hours", {"stat_t": "x/y", "val_tpl": "{{ value_json.up / 3600 }}", "dev": DEVICE}),
            entry("sensor/days", {"stat_t": "x/y", "val_tpl": "{{ value_json.up / 86400 }}", "dev": DEVICE}),
            entry(
                "sensor/secs", {"stat_t": "x/y", "val_tpl": "{{ value_json.up }}", "unit_of_meas": "s", "dev": DEVICE}
            ),
        ]
        rig.batch(*entries[::order])
        assert values(rig, "x/y", {"up": 86400}) == {"up": 86400, "days": 1, "hours": 24}


def test_of_several_templates_that_read_one_path_the_first_by_name_has_it() -> None:
    for order in (1, -1):
        rig = Rig()
        bits = [
            entry(
                f"binary_sensor/b{n}",
                {
                    "stat_t": "x/y",
                    "val_tpl": f"{{{{ 'ON' if value_json.f | bitwise_and({n}) else 'OFF' }}}}",
                    "dev": DEVICE,
                },
            )
            for n in (1, 2, 4)
        ]
        rig.batch(*bits[::order])
        assert values(rig, "x/y", {"f": 6}) == {"f": False, "b2": True, "b4": True}


def test_a_template_that_is_far_too_long_is_told_too() -> None:
    rig = Rig()
    long = "{{ value_json.t + 1 }}".ljust(3 * MAX_TEMPLATE_CHARACTERS)
    discover(rig, "sensor/a", stat_t="x/y", val_tpl=long, dev=DEVICE, avty={"t": "x/there", "val_tpl": long})
    assert rig.rejected == {"bad_template": 2}
    assert read(rig, "x/y", {"t": 5}) == [("homeassistant/plug-1", "t", 5, None)]


def test_a_template_that_is_refused_is_told_once_and_its_topic_read_without_it() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="x/y", val_tpl="{{ states('x') }}", unit_of_meas="W", dev=DEVICE)
    assert rig.rejected == {"bad_template": 1}
    assert read(rig, "x/y", "5") == [("homeassistant/plug-1", "a", 5, None)]
    assert read(rig, "x/y", {"p": 5}) == [("homeassistant/plug-1", "p", 5, None)]
    assert rig.rejected == {"bad_template": 1}


def test_a_template_that_fails_gives_no_value_and_the_rest_of_the_message_counts() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="x/y", val_tpl="{{ value_json.t | float / 0 }}", dev=DEVICE)
    assert values(rig, "x/y", {"t": 5, "h": 3}) == {"h": 3}
    assert rig.rejected == {"template_failed": 1}
