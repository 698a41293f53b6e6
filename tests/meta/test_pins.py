"""The pins in constraints.txt are exact, complete, and those of the environment that the tests run in."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tests.support.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def required(name: str, extra: str = "") -> set[NormalizedName]:
    requirements = map(Requirement, metadata.requires(name) or ())
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra})
    }


def test_every_package_that_the_project_pulls_in_is_pinned() -> None:
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    wanted = {canonicalize_name(Requirement(line).name) for line in declared}
    reached: set[NormalizedName] = set()
    while wanted:
        name = wanted.pop()
        reached.add(name)
        wanted |= required(name) - reached
    assert sorted(reached - set(pins())) == []


def test_each_pin_is_what_is_installed_here() -> None:
    differing = {
        name: (pinned, installed) for name, pinned in pins().items() if (installed := metadata.version(name)) != pinned
    }
    assert differing == {}


def test_each_pin_is_within_the_range_that_the_project_accepts() -> None:
    pinned = pins()
    declared = map(Requirement, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
    outside = [str(line) for line in declared if pinned[canonicalize_name(line.name)] not in line.specifier]
    assert outside == []
