"""Where scenarios come from: the built-in ones by name, others by path, each checked with one sentence of complaint."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulators.errors import ScenarioError
from simulators.scenario import Scenario

SCENARIOS = "scenarios"
PROFILES = "profiles"
SUFFIX = ".toml"
MAX_FILE_BYTES = 4 * 1024 * 1024


def built_in_names() -> list[str]:
    """The names of the built-in scenarios, in alphabetical order."""
    return sorted(entry.name.removesuffix(SUFFIX) for entry in _folder(SCENARIOS) if entry.name.endswith(SUFFIX))


def load_scenario(name: str) -> Scenario:
    """A scenario, checked.

    Args:
        name: A built-in scenario's name, or the path of a TOML file. A file may use the built-in profiles and define
            its own, which win, and include built-in scenarios.

    Raises:
        ScenarioError: There is no such scenario, or it says something that cannot be played.
    """
    raw = _parse(name, _built_in(name) or Path(name))
    _include(name, raw)
    profiles: Any = raw.get("profile", {})
    if isinstance(profiles, dict):
        raw["profile"] = _built_in_profiles(_used_profiles(raw)) | profiles
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        raise _complaint(name, error) from None


def _built_in(name: str) -> Traversable | None:
    return next((entry for entry in _folder(SCENARIOS) if entry.name == name + SUFFIX), None)


def _include(name: str, raw: dict[str, Any]) -> None:
    """Add the devices and faults of the built-in scenarios that a scenario includes; they keep their own profiles."""
    included = raw.get("include", [])
    for other in included if isinstance(included, list) else []:
        source = _built_in(str(other))
        if source is None:
            raise ScenarioError(name, "include", f"{other!r} is no built-in scenario; they are {_known()}")
        parts = _parse(str(other), source)
        own = parts.get("profile", {})
        for group in parts.get("devices", []):
            if group["profile"] in own:
                group["profile"] = f"{other}:{group['profile']}"
        for key in ("devices", "faults"):
            if isinstance(raw.setdefault(key, []), list):
                raw[key] += parts.get(key, [])
        if isinstance(raw.setdefault("profile", {}), dict):
            raw["profile"] |= {f"{other}:{kind}": held for kind, held in own.items()}


def _known() -> str:
    return ", ".join(built_in_names())


def _folder(name: str) -> list[Traversable]:
    return list((files("simulators") / name).iterdir())


def _used_profiles(raw: dict[str, Any]) -> set[str]:
    groups = raw.get("devices")
    groups = groups if isinstance(groups, list) else []
    return {str(group.get("profile")) for group in groups if isinstance(group, dict)}


def _built_in_profiles(used: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in _folder(PROFILES):
        if entry.name.endswith(SUFFIX):
            found |= _parse(entry.name, entry)
    return {name: profile for name, profile in found.items() if name in used}


def _parse(name: str, source: Traversable) -> dict[str, Any]:
    try:
        data = source.read_bytes()
    except FileNotFoundError:
        raise ScenarioError(name, "", f"no such file; built in are {_known()}") from None
    except OSError as error:
        raise ScenarioError(name, "", f"cannot be read ({error.strerror})") from None
    if len(data) > MAX_FILE_BYTES:
        raise ScenarioError(name, "", f"is larger than {MAX_FILE_BYTES >> 20} MiB")
    try:
        return tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(name, "", f"is not TOML: {error}") from None


def _complaint(name: str, error: ValidationError) -> ScenarioError:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in _without_tags(first["loc"]))
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        reason = "no such key; see docs/reference/simulators.md"
    elif first["type"] not in {"value_error", "missing"}:
        reason = f"{reason}, not {first['input']!r}"
    more = error.error_count() - 1
    return ScenarioError(name, where, reason + (f" (and {more} more)" if more else ""))


def _without_tags(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """A mistake's place as the file has it: pydantic adds the kind of a signal or fault after its key."""
    match path:
        case ("profile", name, "metrics", metric, _, *rest):
            return ("profile", name, "metrics", metric, *rest)
        case ("faults", index, _, *rest):
            return ("faults", index, *rest)
        case _:
            return path
