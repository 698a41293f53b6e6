"""The reference page names every option, key, signal and fault, and its example is a scenario."""

import re
from pathlib import Path
from typing import get_args

import pytest
import typer.main
from pydantic import BaseModel

from simulators.cli import app
from simulators.faults import Fault
from simulators.formats import OWN, Format
from simulators.library import built_in_names, load_scenario
from simulators.scenario import Devices, Metric, Profile, Scenario
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/reference/simulators.md").read_text()
HOW_TO = (ROOT / "docs/how-to/simulate-devices.md").read_text()


def _kinds(union: object) -> list[type[BaseModel]]:
    return list(get_args(get_args(union)[0]))


def _named(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_option_of_every_command_is_documented() -> None:
    commands = typer.main.get_command(app)
    for name in ("run", "load", "list"):
        assert f"## {name}\n" in PAGE
        options = {text for option in commands.commands[name].params for text in option.opts if text.startswith("--")}  # type: ignore[attr-defined]  # a group has commands
        section = PAGE.split(f"## {name}\n")[1].split("\n## ")[0]
        assert {option for option in options if f"`{option}`" not in section} == set()


@pytest.mark.parametrize("model", [Profile, Devices])
def test_every_key_of_a_table_is_documented(model: type[BaseModel]) -> None:
    section = PAGE.split(f"### {model.__name__}")[1].split("\n### ")[0]
    assert {key for key in _named(model) if f"| `{key}` |" not in section} == set()


def test_every_key_of_a_scenario_is_documented() -> None:
    tables = {"profile", "devices", "faults"}
    assert {key for key in _named(Scenario) - tables if f"| `{key}` |" not in PAGE} == set()


@pytest.mark.parametrize(("union", "key"), [(Metric, "signal"), (Fault, "kind")])
def test_every_kind_and_its_own_keys_are_documented(union: object, key: str) -> None:
    common = set.intersection(*(_named(model) for model in _kinds(union)))
    for model in _kinds(union):
        kind = get_args(model.model_fields[key].annotation)[0]
        row = next((line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |")), "")
        assert {name for name in _named(model) - common if f"`{name}`" not in row} == set(), kind


@pytest.mark.parametrize("spoken", Format)
def test_every_format_is_documented(spoken: Format) -> None:
    own = next(line for line in PAGE.splitlines() if line.startswith("| `format` |"))
    ecosystems = [line.split(" | ")[0] for line in PAGE.split("### Ecosystems")[1].split("\n### ")[0].splitlines()]
    place = [own] if spoken in OWN else ecosystems
    assert any(f"`{spoken}`" in text for text in place)


@pytest.mark.parametrize("page", [PAGE, HOW_TO], ids=["reference", "how-to"])
def test_as_many_devices_are_promised_as_there_are(page: str) -> None:
    count = sum(group.count for group in load_scenario("ecosystems").devices)
    assert f"{count} in all" in page


@pytest.mark.parametrize("name", built_in_names())
def test_every_built_in_scenario_is_documented(name: str) -> None:
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("page", [PAGE, HOW_TO], ids=["reference", "how-to"])
def test_the_example_is_a_scenario(page: str, tmp_path: Path) -> None:
    example = re.findall(r"^```toml\n(.+?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(example) == 1
    (tmp_path / "example.toml").write_text(example[0])
    assert load_scenario(str(tmp_path / "example.toml")).devices
