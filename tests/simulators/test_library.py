"""Scenarios are found, checked, and refused in one sentence that says what is wrong where."""

from pathlib import Path

import pytest

from simulators.errors import ScenarioError
from simulators.library import built_in_names, load_scenario

GOOD = """
title = "One probe"
[profile.probe]
every_s = 1
[profile.probe.metrics]
temperature = { signal = "level", level = 20 }
[[devices]]
profile = "probe"
id = "hall/probe"
"""


@pytest.mark.parametrize("name", built_in_names())
def test_every_built_in_scenario_is_sound(name: str) -> None:
    assert load_scenario(name).title


def test_the_built_in_scenarios_are_the_documented_ones() -> None:
    assert built_in_names() == ["configured", "demo", "ecosystems", "faults", "plant", "storm"]


def test_a_file_may_use_built_in_profiles_and_its_own_win(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("profile.probe", "profile.pump") + '[[devices]]\nprofile = "chiller"\nid = "c"\n')
    with pytest.raises(ScenarioError, match="no profile 'probe'"):
        load_scenario(str(path))
    path.write_text(
        GOOD.replace("profile.probe", "profile.pump").replace('profile = "probe"', 'profile = "pump"')
        + '[[devices]]\nprofile = "chiller"\nid = "c"\n'
    )
    scenario = load_scenario(str(path))
    assert set(scenario.profile) == {"pump", "chiller"}
    assert set(scenario.profile["pump"].metrics) == {"temperature"}


def test_a_group_changes_single_keys_of_its_profile() -> None:
    scenario = load_scenario("demo")
    group = next(group for group in scenario.devices if group.id == "home/bedroom")
    changed = scenario.profile_of(group).metrics["temperature"]
    usual = scenario.profile[group.profile].metrics["temperature"]
    assert changed.model_dump() == usual.model_dump() | {"level": 18.6}


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("title", "heading", "title: Field required (and 1 more)"),
        ("every_s = 1", "every_s = 0", "profile.probe.every_s: Input should be greater than 0, not 0"),
        ("every_s = 1", "evry_s = 1", "profile.probe.evry_s: no such key; see docs/reference/simulators.md"),
        ('"level", level', '"lvl", level', "profile.probe.metrics.temperature: Input tag 'lvl' found"),
        ("level = 20", "levels = 20", "profile.probe.metrics.temperature.level: Field required (and 1 more)"),
        ("level = 20", "level = nan", "temperature.level: Input should be a finite number, not nan"),
        ('"probe"', '"prob"', "devices.0.profile: there is no profile 'prob'"),
        ('"hall/probe"', '"hall/#"', "devices.0: must be topic levels joined by /"),
        ('"hall/probe"', '"hall/probe"\ncount = 2', "devices.0: id must contain {n} when count is more than 1"),
        ("every_s = 1", 'topic = "x"', "profile.probe.topic: must contain {id}"),
        ("title", 'starts_at = "25:00"\ntitle', "starts_at: must be a time of day such as 14:30"),
        ("title", "= 1\ntitle", "is not TOML: "),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, was: str, becomes: str, sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(was, becomes, 1))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(path))
    text = str(caught.value)
    assert text.startswith(f"scenario {path}: ")
    assert sentence in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ('kind = "dropout"\ndevices = "attic/#"', "faults.0.devices: 'attic/#' matches no device"),
        ('kind = "dropout"\ndevices = "a/#/b"', "must be a topic filter"),
        ('kind = "offline"', "faults.0: offline needs devices whose profile has will = true"),
        ('kind = "late"', "faults.0: late needs devices whose profile has a timestamp"),
        ('kind = "clock"\nahead_s = 5', "faults.0: clock needs devices whose profile has a timestamp"),
        ('kind = "flood"', "faults.0: Input tag 'flood' found"),
        ('kind = "duplicate"\nprobability = 2', "faults.0.probability: Input should be less than or equal to 1, not 2"),
    ],
)
def test_a_fault_that_nothing_can_have_is_refused(tmp_path: Path, fault: str, sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{GOOD}\n[[faults]]\n{fault}\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(path))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("of", ["pressure", "temperature:on"])
def test_a_metric_that_follows_nothing_is_refused(tmp_path: Path, of: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("[[devices]]", f'power = {{ signal = "follow", of = "{of}" }}\n[[devices]]'))
    with pytest.raises(ScenarioError, match=f"metrics.power.of: '{of}' is not said by a metric before it"):
        load_scenario(str(path))


def test_two_devices_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + '[[devices]]\nprofile = "probe"\nid = "hall/probe"\n')
    with pytest.raises(ScenarioError, match=r"devices.1.id: 'hall/probe' is there twice"):
        load_scenario(str(path))


def test_a_scenario_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(
        ScenarioError,
        match="scenario nowhere: no such file; built in are configured, demo, ecosystems, faults, plant, storm",
    ):
        load_scenario("nowhere")


def test_a_scenario_may_include_built_in_ones_with_their_faults(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('include = ["ecosystems", "faults"]\n' + GOOD)
    scenario, faults = load_scenario(str(path)), load_scenario("faults")
    assert scenario.title == "One probe"
    assert scenario.faults == faults.faults
    assert {group.id for group in scenario.devices} == {"hall/probe"} | {
        group.id for name in ("ecosystems", "faults") for group in load_scenario(name).devices
    }
    ours = next(group for group in scenario.devices if group.id == "hall/probe")
    assert scenario.profile_of(ours).metrics.keys() == {"temperature"}


def test_an_included_scenario_that_is_not_built_in_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('include = ["cellar"]\n' + GOOD)
    with pytest.raises(ScenarioError, match="include: 'cellar' is no built-in scenario; they are configured, demo"):
        load_scenario(str(path))


@pytest.mark.parametrize("key", ["topic", "units", "timestamp", "will", "qos", "retain"])
def test_an_ecosystem_has_its_own_ways(tmp_path: Path, key: str) -> None:
    value = {"topic": '"x/{id}"', "units": '"none"', "timestamp": '"s"', "will": "true", "qos": "1"}.get(key, "true")
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("every_s = 1", f'every_s = 1\nformat = "tasmota"\n{key} = {value}'))
    with pytest.raises(ScenarioError, match=f"{key} is not for format = 'tasmota', which has its own ways"):
        load_scenario(str(path))


@pytest.mark.parametrize(("spoken", "least"), [("sparkplug", 2), ("ruuvi", 2), ("victron", 3), ("owntracks", 2)])
def test_an_id_without_those_who_speak_for_it_is_refused(tmp_path: Path, spoken: str, least: int) -> None:
    path = tmp_path / "mine.toml"
    text = GOOD.replace("every_s = 1", f'every_s = 1\nformat = "{spoken}"')
    path.write_text(text.replace("hall/probe", "/".join(["x"] * (least - 1))))
    sentence = f"devices.0.id: with format = '{spoken}' it has at least {least} levels"
    with pytest.raises(ScenarioError, match=sentence):
        load_scenario(str(path))
    path.write_text(text.replace("hall/probe", "/".join(["x"] * least)))
    assert load_scenario(str(path)).devices


def test_a_value_cannot_have_others_inside(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("[[devices]]", '"temperature.max" = { signal = "level", level = 22 }\n[[devices]]'))
    with pytest.raises(
        ScenarioError, match=r"metrics.temperature.max: 'temperature' is a value and cannot have others"
    ):
        load_scenario(str(path))


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(str(tmp_path))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="is not TOML"):
        load_scenario(str(path))
