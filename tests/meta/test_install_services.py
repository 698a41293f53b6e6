"""The script that installs the services says what it lacks, and installs only where it may."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.tree import ROOT

SERVICES = ("mosquitto", "mosquitto_pub", "chromium", "docker-compose", "openssl", "curl", "gcc", "initdb")


class Run(Protocol):
    def __call__(
        self,
        *,
        user_id: int,
        apt_get: str | None = None,
        sudo: str | None = None,
        ci: bool = False,
        installed: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs the script as the given user, where nothing but the given services is installed."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in ("bash", "env", "grep", "true"):
        (programs / tool).symlink_to(shutil.which(tool) or tool)

    def program(name: str, script: str) -> None:
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)

    # What would change the machine itself changes nothing here.
    for tool in ("tee", "chmod", "rm", "systemctl"):
        program(tool, "exit 0")

    def run(
        *,
        user_id: int,
        apt_get: str | None = None,
        sudo: str | None = None,
        ci: bool = False,
        installed: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        program("id", f"echo {user_id}")
        for name in installed:
            program(name, "exit 0")
        if installed:
            program("fc-list", "echo Inter")
        if apt_get is not None:
            program("apt-get", f'echo "$@" >> {tmp_path}/asked\n{apt_get}')
        if sudo is not None:
            program("sudo", sudo)
        environment = {"PATH": str(programs)} | ({"CI": "true"} if ci else {})
        return subprocess.run(
            [shutil.which("bash") or "bash", ROOT / "scripts/install-services"],
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run


def test_nothing_is_asked_of_a_machine_that_has_everything(run: Run, tmp_path: Path) -> None:
    if not Path("/usr/include/stdio.h").exists():
        pytest.skip("the C library's headers are not installed: scripts/install-services does it")
    done = run(user_id=0, apt_get="exit 0", installed=SERVICES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "asked").exists()


def test_without_rights_the_one_command_is_named(run: Run) -> None:
    done = run(user_id=1000, apt_get="exit 0")
    assert done.returncode == 0
    assert "Missing for the tests:" in done.stderr
    assert "chromium" in done.stderr
    assert "Install them with: sudo apt-get install --yes --no-install-recommends" in done.stderr


def test_without_rights_a_missing_service_fails_in_ci(run: Run) -> None:
    assert run(user_id=1000, apt_get="exit 0", ci=True).returncode == 1


def test_a_sudo_that_asks_for_a_password_is_not_used(run: Run, tmp_path: Path) -> None:
    done = run(user_id=1000, apt_get="exit 0", sudo="exit 1")
    assert "Install them with: sudo apt-get" in done.stderr
    assert not (tmp_path / "asked").exists()


def test_on_another_system_the_programs_are_named(run: Run) -> None:
    done = run(user_id=0)
    assert done.returncode == 0
    assert "with this system's package manager" in done.stderr


def test_lists_that_cannot_be_read_fail_in_ci_with_the_command_to_try(run: Run) -> None:
    done = run(user_id=0, apt_get="exit 100", ci=True)
    assert done.returncode == 1
    assert "The package lists could not be read" in done.stderr


def test_a_sudo_without_a_password_installs_just_what_is_missing(run: Run, tmp_path: Path) -> None:
    done = run(user_id=1000, apt_get="exit 0", sudo='while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"')
    assert done.returncode == 0, done.stderr
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install --yes --no-install-recommends ")
    assert "chromium" in install.split()
