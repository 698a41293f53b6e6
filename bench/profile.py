"""Profiles: where the hub's time goes while it is measured, as collapsed stacks of py-spy."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.process import Process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.setting import Setting

_RATE_HZ = 200


@contextmanager
def profiled(pid: int, name: str, seconds: float, setting: Setting) -> Iterator[None]:
    """Profile a process while the context is open, if the setting asks for it; it then runs a little slower.

    Args:
        pid: the process.
        name: of the file, without its suffix.
        seconds: for how long.
        setting: has the folder, and the cores for the profiler.
    """
    if setting.profiles is None:
        yield
        return
    setting.profiles.mkdir(parents=True, exist_ok=True)
    spy = Path(sys.executable).with_name("py-spy")
    command = (
        spy, "record", "--pid", str(pid), "--duration", f"{seconds:.0f}", "--rate", str(_RATE_HZ), "--format", "raw",
        "--output", setting.profiles / f"{name}.txt",
    )  # fmt: skip
    with Process(command, cores=setting.cores.others, log=setting.folder / "py-spy.log") as spying:
        yield
        spying.popen.wait(30)
