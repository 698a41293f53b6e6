"""Mosquitto, tuned as the hub's guide says, on a free port of the loopback address."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.process import HOST, Process, free_port, listens
from bench.workshop import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CONFIGURATION = """\
log_dest stderr
log_type error
log_type warning
user root
listener {port} {host}
allow_anonymous true
persistence false
max_inflight_messages 1000
max_queued_messages 100000
set_tcp_nodelay true
"""


@contextmanager
def mosquitto(folder: Path, cores: Sequence[int]) -> Iterator[str]:
    """Run a Mosquitto and give its URL.

    Args:
        folder: for its configuration and log.
        cores: where it may run.

    Raises:
        PeerMissing: it is not installed.
        PeerFailed: it did not start.
    """
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_CONFIGURATION.format(port=port, host=HOST))
    command = (program("mosquitto", "with Debian's mosquitto"), "-c", configuration)
    with Process(command, cores=cores, log=folder / "mosquitto.log") as broker:
        broker.wait_until(lambda: listens(port), "it accepts connections")
        yield f"mqtt://{HOST}:{port}"
