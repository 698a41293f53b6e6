from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub.core.errors import SettingsError
from hub.loading import load, shown

if TYPE_CHECKING:
    from pathlib import Path

HASH = "sha256:" + "0" * 64


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder without settings from the environment."""
    import os

    for name in list(os.environ):
        if name.startswith("HUB_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(folder: Path, text: str) -> Path:
    file = folder / "hub.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(config: Path | None = None) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        load(config)
    return [(mistake.key, mistake.origin) for mistake in caught.value.mistakes]


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "[http]\nport = 1\n[broker]\nport = 2\n[mqtt]\nqos = 0\n")
    monkeypatch.setenv("HUB_HTTP__PORT", "3")
    monkeypatch.setenv("HUB_BROKER__PORT", "4")
    loaded = load(None, {"http.port": 5})
    settings = loaded.settings
    assert (settings.http.port, settings.broker.port, settings.mqtt.qos) == (5, 4, 0)
    assert loaded.origins["http.port"] == "command line"
    assert loaded.origins["broker.port"] == "HUB_BROKER__PORT"
    assert loaded.origins["mqtt.qos"] == "hub.toml"
    rows = {key: (value, origin) for key, value, origin in shown(loaded)}
    assert rows["broker.port"] == ("4", "HUB_BROKER__PORT")
    assert rows["http.host"] == ("127.0.0.1", "default")


@pytest.mark.parametrize(
    ("name", "value", "key", "wanted"),
    [
        ("HUB_MQTT__QOS", "0", "mqtt.qos", 0),
        ("HUB_LIMITS__FORGET_AFTER", "12h", "limits.forget_after", 43_200.0),
        ("HUB_LIMITS__FORGET_AFTER", "0", "limits.forget_after", 0.0),
        ("HUB_LIMITS__FORGET_AFTER", "1.5d", "limits.forget_after", 129_600.0),
        ("HUB_MQTT__TOPICS", '["a/#", "b/#"]', "mqtt.topics", ("a/#", "b/#")),
        ("HUB_LOG__RETENTION_S", "1.5", "log.retention_s", 1.5),
    ],
)
def test_every_kind_of_value_can_stand_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str, wanted: object
) -> None:
    monkeypatch.setenv(name, value)
    section, _, leaf = key.partition(".")
    assert getattr(getattr(load(None).settings, section), leaf) == wanted


def test_every_mistake_is_named_with_where_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "nonsense = 1\n[http]\nport = 70000\n[limits]\nforget_after = 'soon'\nnope = 1\n")
    monkeypatch.setenv("HUB_MQTT__QOS", "7")
    monkeypatch.setenv("HUB_MQQT__URL", "x")
    assert sorted(mistakes(file)) == [
        ("http.port", "hub.toml"),
        ("limits.forget_after", "hub.toml"),
        ("limits.nope", "hub.toml"),
        ("mqqt.url", "HUB_MQQT__URL"),
        ("mqtt.qos", "HUB_MQTT__QOS"),
        ("nonsense", "hub.toml"),
    ]


@pytest.mark.parametrize("text", ["[http\n", "a = \xff".encode("latin-1"), None])
def test_a_file_that_cannot_be_read_is_one_mistake(tmp_path: Path, text: str | bytes | None) -> None:
    file = tmp_path / "hub.toml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert len(mistakes(file)) == 1


def test_secrets_are_masked_wherever_they_are_shown(tmp_path: Path) -> None:
    file = written(tmp_path, "[mqtt]\nurl = 'mqtts://me:hunt@er2@broker:8883'\n")
    try:
        rows = str(shown(load(file)))
    except SettingsError as error:
        rows = str(error)
    assert "er2" not in rows
    file = written(tmp_path, "[mqtt]\nurl = 'mqtts://me:hunter2@broker:8883'\n")
    rows = str(shown(load(file)))
    assert "hunter2" not in rows
    assert "broker:8883" in rows
    for url in ("postgresql://me:hunter2@db/plant", "postgresql://db/plant?user=me&password=hunter2&sslmode=require"):
        rows = str(shown(load(written(tmp_path, f"[history]\nurl = '{url}'\n"))))
        assert "hunter2" not in rows
        assert "db/plant" in rows
    file = written(tmp_path, "[mqtt]\nurl = 'http://me:hunter2@broker'\n")
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert "hunter2" not in str(caught.value)


def test_the_configuration_that_hub_config_names_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    file = written(tmp_path / "other", "data_dir = 'kept'\n")
    monkeypatch.setenv("HUB_CONFIG", str(file))
    assert load(None).settings.data_dir == tmp_path / "other" / "kept"
    assert load(None).file == file


def test_the_data_folder_lies_beside_the_configuration_unless_the_environment_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(None).settings.data_dir == tmp_path / "data"
    (tmp_path / "etc").mkdir()
    file = written(tmp_path / "etc", "")
    assert load(file).settings.data_dir == tmp_path / "etc" / "data"
    monkeypatch.setenv("HUB_DATA_DIR", "here")
    assert load(file).settings.data_dir == tmp_path / "here"
    assert load(file, {"data_dir": "/there"}).settings.data_dir.as_posix() == "/there"
