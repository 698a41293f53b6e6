"""Source rules, from the file of settings to readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub.adapting import normalise_options
from hub.core.errors import SettingsError
from hub.core.meters import Meters
from hub.loading import load
from hub.normalise.router import Router
from tests.normalise.rig import Rig

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = """
[[source]]
topic = "plant/{pump}/raw"
decoder = "struct"
device = "pumps/{pump}"
endianness = "big"
longer = true
  [[source.field]]
  name = "temperature"
  type = "i16"
  scale = 0.1
  unit = "C"
  [[source.field]]
  name = "serial"
  type = "text"
  length = 4
  skip = 2
"""


def rig(folder: Path, text: str) -> Rig:
    file = folder / "hub.toml"
    file.write_text(text)
    return Rig(normalise_options(load(file).settings))


def test_a_layout_in_the_settings_is_read(tmp_path: Path) -> None:
    rows = rig(tmp_path, LAYOUT).feed("plant/p1/raw", b"\xff\x29??A-17more")
    assert [(row.device, row.metric, row.value, row.unit) for row in rows] == [
        ("pumps/p1", "temperature", -21.5, "°C"),
        ("pumps/p1", "serial", "A-17", None),
    ]


def test_a_placeholder_may_stand_within_a_level(tmp_path: Path) -> None:
    text = '[[source]]\ntopic = "hall/press-{press}_{side}/+/#"\ndevice = "{press}/{side}"'
    rules = rig(tmp_path, text)
    assert [row.device for row in rules.feed("hall/press-7_left/x/y", '{"t": 1}')] == ["7/left"]
    assert [row.device for row in rules.feed("hall/mill-7_left/x/y", '{"t": 1}')] == ["hall/mill-7_left/x/y"]


@pytest.mark.parametrize("topic", ["", "a/#/b", "a/b+", "a/{b}+", "a/{b}#"])
def test_a_topic_with_a_misplaced_wildcard_is_a_mistake(tmp_path: Path, topic: str) -> None:
    with pytest.raises(SettingsError, match=r"source\.0\.topic"):
        rig(tmp_path, f'[[source]]\ntopic = "{topic}"')


def test_cayenne_in_the_settings_is_read(tmp_path: Path) -> None:
    rows = rig(tmp_path, '[[source]]\ntopic = "lora/{node}"\ndecoder = "cayenne_lpp"\ndevice = "{node}"').feed(
        "lora/n1", bytes.fromhex("016700e1")
    )
    assert [(row.device, row.metric, row.value) for row in rows] == [("n1", "temperature_1", 22.5)]


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('"i16"', '"int16"', r"source\.0\.field\.0\.type.*there is no type 'int16'; there are u8"),
        ("length = 4", "", r"source\.0\.field\.1\.length"),
        ("skip = 2", "skip = -2", r"source\.0\.field\.1\.skip"),
        ('endianness = "big"', 'endianness = "east"', r"source\.0\.endianness"),
        ('decoder = "struct"', 'decoder = "protobuf"', r"source\.0\.descriptor_set"),
        ('decoder = "struct"', 'decoder = "strukt"', r"source\.0\.decoder"),
        ("scale = 0.1", "factor = 0.1", r"source\.0\.field\.0\.factor"),
    ],
)
def test_a_mistake_in_the_settings_is_named(tmp_path: Path, right: str, wrong: str, named: str) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(LAYOUT.replace(right, wrong, 1))
    with pytest.raises(SettingsError, match=f"(?s){named}"):
        Router(options=normalise_options(load(file).settings), meters=Meters())


def test_a_missing_descriptor_set_is_named(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('[[source]]\ntopic = "a"\ndecoder = "protobuf"\ndescriptor_set = "no.desc"\nmessage = "a.B"')
    with pytest.raises(SettingsError, match=r"source\.0\.descriptor_set.*no\.desc' cannot be read"):
        Router(options=normalise_options(load(file).settings), meters=Meters())


def test_a_descriptor_set_is_found_from_the_folder_of_the_file_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('[[source]]\ntopic = "a"\ndecoder = "protobuf"\ndescriptor_set = "proto/a.desc"\nmessage = "a.B"')
    assert load(file).settings.source[0].descriptor_set == str(tmp_path / "proto" / "a.desc")
