"""Loading settings: file, then environment, then command line; every mistake named with where it was made.

References:
    TOML 1.0.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from hub.config import Settings, SourceSettings
from hub.core.errors import Mistake, SettingsError

_PREFIX, _DELIMITER = "HUB_", "__"
_NOT_SETTINGS = frozenset(("HUB_CONFIG",))
_MASK = "********"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the place each value comes from.

    Args:
        settings: validated.
        origins: the file or variable by dotted key; a key that is not there has its default.
        file: the configuration file, None without one.
    """

    settings: Settings
    origins: dict[str, str]
    file: Path | None


def load(config: Path | None, overrides: dict[str, Any] | None = None) -> Loaded:
    """Return the settings that are in force.

    Args:
        config: the file given on the command line; else ``HUB_CONFIG``, else ``./hub.toml`` if it is there.
        overrides: values of the command line by dotted key.

    Raises:
        SettingsError: with every mistake there is.
    """
    file = _file(config)
    tree: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if file is not None:
        _merge(tree, _read(file), origins, file.name)
    unknown = _from_environment(tree, origins)
    for key, value in (overrides or {}).items():
        _merge(tree, _nested(key, value), origins, "command line")
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(unknown + [_mistake(detail, origins, file) for detail in error.errors()]) from None
    if unknown:
        raise SettingsError(unknown)
    base = file.parent if file is not None and origins.get("data_dir", file.name) == file.name else Path()
    settings = settings.model_copy(update={"data_dir": (base / settings.data_dir).absolute()})
    if file is not None and origins.get("source", file.name) == file.name:
        settings = settings.model_copy(update={"source": tuple(_placed(one, file.parent) for one in settings.source)})
    return Loaded(settings, origins, file)


def _placed(source: SourceSettings, folder: Path) -> SourceSettings:
    """Return a source rule whose descriptor set is found from the folder of the file that names it."""
    if not source.descriptor_set:
        return source
    return source.model_copy(update={"descriptor_set": str((folder / source.descriptor_set).absolute())})


def shown(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Return every effective setting as ``(key, value, origin)``, with secrets masked.

    Args:
        loaded: as :func:`load` returned it.
    """
    rows: list[tuple[str, str, str]] = []
    for key, value, extra in _leaves(loaded.settings, ""):
        text = _masked(value, extra)
        origin = loaded.origins.get(key) or next(
            (where for known, where in loaded.origins.items() if known.startswith(f"{key}.")), "default"
        )
        rows.append((key, text, origin))
    return rows


def _leaves(section: Any, prefix: str) -> list[tuple[str, Any, dict[str, Any]]]:  # noqa: ANN401 - any model
    """Return the values of a model and of those in it, by dotted key."""
    found: list[tuple[str, Any, dict[str, Any]]] = []
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            found += _leaves(value, f"{prefix}{name}.")
        else:
            extra = info.json_schema_extra
            found.append((prefix + name, value, extra if isinstance(extra, dict) else {}))
    return found


def _masked(value: Any, extra: dict[str, Any]) -> str:  # noqa: ANN401 - any setting
    """Return a value as text, without what is secret in it."""
    secret = extra.get("secret")
    if secret == "whole" and value:  # noqa: S105 - the name of a kind, no password
        return f"{len(value)} of {_MASK}"
    text = _written(value)
    if secret == "userinfo":  # noqa: S105 - likewise
        text = re.sub(r"(?<=[?&]password=)[^&]*", _MASK, text)  # where a URL of PostgreSQL may have it, too
    if secret == "userinfo" and "@" in text:  # noqa: S105 - likewise
        scheme, _, rest = text.partition("://")
        return f"{scheme}://{_MASK}@{rest.rpartition('@')[2]}"
    return text


def _written(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_written(member)}" for key, member in value.items()) + "}"
    return str(value)


def _file(config: Path | None) -> Path | None:
    """Return the configuration file to read, None if there is none."""
    if config is not None:
        return config
    if os.environ.get("HUB_CONFIG"):
        return Path(os.environ["HUB_CONFIG"])
    default = Path("hub.toml")
    return default if default.exists() else None


def _read(file: Path) -> dict[str, Any]:
    """Return the file's content."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); name another file with --config"
        raise SettingsError([Mistake("--config", reason, str(file))]) from None
    except UnicodeDecodeError:
        raise SettingsError([Mistake("--config", "is not UTF-8 text", str(file))]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([Mistake("TOML", str(error), str(file))]) from None


def _from_environment(tree: dict[str, Any], origins: dict[str, str]) -> list[Mistake]:
    """Merge what the environment sets; return the names that mean nothing."""

    class _Environment(BaseSettings, Settings):
        model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter=_DELIMITER, extra="forbid")

    try:
        found = EnvSettingsSource(_Environment)()
    except ValueError as error:
        raise SettingsError([Mistake("environment", f'{error}; lists are JSON: ["a", "b"]', "environment")]) from None
    _merge(tree, found, origins, "")
    mistakes: list[Mistake] = []
    for name in os.environ:
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS:
            key = name.removeprefix(_PREFIX).lower().replace(_DELIMITER, ".")
            if key.split(".")[0] in Settings.model_fields:
                origins[key] = name
            else:
                mistakes.append(Mistake(key, "there is no such setting", name))
    return mistakes


def _merge(tree: dict[str, Any], more: dict[str, Any], origins: dict[str, str], origin: str, prefix: str = "") -> None:
    """Lay values over others, noting where each comes from."""
    for name, value in more.items():
        key = prefix + name
        if isinstance(value, dict) and isinstance(tree.get(name, {}), dict):
            _merge(tree.setdefault(name, {}), value, origins, origin, f"{key}.")
        else:
            tree[name] = value
            if origin:
                origins[key] = origin


def _nested(key: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - any setting
    """Return a dotted key and its value as nested tables."""
    for name in reversed(key.split(".")):
        value = {name: value}
    return dict(value)


def _mistake(detail: Any, origins: dict[str, str], file: Path | None) -> Mistake:  # noqa: ANN401 - pydantic's dictionary
    """Say what one of pydantic's findings means to the person who wrote the setting."""
    path = [str(part) for part in detail["loc"]]
    key = ".".join(path)
    origin = next(
        (origins[part] for part in (".".join(path[:end]) for end in range(len(path), 0, -1)) if part in origins), ""
    )
    if not origin:
        origin = next(
            (where for known, where in origins.items() if known.startswith(f"{key}.")), str(file or "settings")
        )
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        message = "there is no such setting"
    return Mistake(key, message, origin)
