"""A real Mosquitto as a process that tests start, stop, kill and start again; `tests.support.services` hands it out."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from typing import TYPE_CHECKING, NamedTuple

from tests.support.certificates import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "127.0.0.1"

_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0
_PORT_ATTEMPTS = 5


class BrokerNotStartedError(RuntimeError):
    """Mosquitto ended, or said nothing for 10 s, instead of accepting connections; carries what it printed."""


def free_port() -> int:
    """Give a TCP port of the loopback address that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Options(NamedTuple):
    """What a test asks of its broker."""

    lines: tuple[str, ...]
    persistence: bool
    websockets: bool
    openssl: Path | None
    """Set: a TLS listener too, with certificates made by this command."""
    max_inflight_messages: int


class Mosquitto:
    """A Mosquitto process that can be stopped, killed and started again on the same ports and state folder."""

    host = HOST

    def __init__(self, program: Path, folder: Path, *, options: Options) -> None:
        self._program = program
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._printed = threading.Condition()
        self._log: list[str] = []
        self._ended = False
        self.certificates = make_certificates(folder, options.openssl) if options.openssl else None
        self._pick_ports()

    def _pick_ports(self) -> None:
        self.port = free_port()
        self.ws_port = free_port() if self._options.websockets else 0
        self.tls_port = free_port() if self._options.openssl else 0

    @property
    def url(self) -> str:
        """The plain listener's address in the form of the hub's settings."""
        return f"mqtt://{HOST}:{self.port}"

    @property
    def ws_url(self) -> str:
        """The WebSocket listener's address; only with ``websockets=True``."""
        return f"ws://{HOST}:{self.ws_port}"

    @property
    def tls_url(self) -> str:
        """The TLS listener's address; only with ``tls=True``."""
        return f"mqtts://{HOST}:{self.tls_port}"

    @property
    def ca_file(self) -> Path:
        """The authority that a client of the TLS listener has to trust; only with ``tls=True``."""
        assert self.certificates is not None, "this broker was started without tls=True"
        return self.certificates.ca_file

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None, "the broker is not running"
        return self._process.pid

    @property
    def log(self) -> list[str]:
        """The lines that the broker has printed since it was first started."""
        with self._printed:
            return list(self._log)

    def wait_for_log(self, text: str, *, timeout_s: float = _START_TIMEOUT_S) -> bool:
        """Wait until a printed line holds the text; give False if the time is over or the broker ended first.

        Args:
            text: Part of a line.
            timeout_s: How long to wait, in seconds.
        """

        def printed() -> bool:
            return any(text in line for line in self._log)

        with self._printed:
            self._printed.wait_for(lambda: printed() or self._ended, timeout_s)
            return printed()

    def start(self) -> None:
        """Start the broker and return once it accepts connections.

        Raises:
            BrokerNotStartedError: It did not come up; the text holds what it printed.
        """
        with self._printed:
            seen = len(self._log)
            self._ended = False
        configuration = self._folder / "mosquitto.conf"
        configuration.write_text("\n".join((*self._lines(), "")))
        self._process = subprocess.Popen(
            [self._program, "-c", configuration],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read_log, args=(self._process,), name="mosquitto-log", daemon=True).start()

        def running() -> bool:
            return any(line.rstrip().endswith(" running") for line in self._log[seen:])

        with self._printed:
            self._printed.wait_for(lambda: running() or self._ended, _START_TIMEOUT_S)
            came_up, lines = running(), self._log[seen:]
        if not came_up:
            self.kill()
            raise BrokerNotStartedError("mosquitto did not start:\n" + "\n".join(lines))

    def start_on_free_ports(self) -> None:
        """Start the broker, and again on other ports if another process took one of them in between."""
        for attempt in range(_PORT_ATTEMPTS):
            try:
                return self.start()
            except BrokerNotStartedError as error:
                if "Address already in use" not in str(error) or attempt == _PORT_ATTEMPTS - 1:
                    raise
                self._pick_ports()
        return None

    def stop(self) -> None:
        """End the broker the polite way (SIGTERM: it says goodbye and writes its state); may be called twice."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker at once (SIGKILL: clients see a reset, nothing is written); may be called twice."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop the broker and start it again on the same ports; sessions survive with ``persistence=True``."""
        self.stop()
        self.start()

    def _end(self, by: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(by)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with self._printed:  # the reading thread ends with the pipe and closes it
            self._printed.wait_for(lambda: self._ended, _STOP_TIMEOUT_S)

    def _read_log(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                with self._printed:
                    self._log.append(line.rstrip("\n"))
                    self._printed.notify_all()
        with self._printed:
            self._ended = True
            self._printed.notify_all()

    def _lines(self) -> Iterator[str]:
        options = self._options
        yield "log_dest stderr"
        # Started by root it would change to its own user, who may not read the test's folder.
        yield "user root"
        yield f"max_inflight_messages {options.max_inflight_messages}"
        yield "max_queued_messages 1000000"
        yield f"persistence {'true' if options.persistence else 'false'}"
        if options.persistence:
            yield f"persistence_location {self._folder}/"
            yield "autosave_on_changes true"
            yield "autosave_interval 1"
        if not any(line.startswith("allow_anonymous ") for line in options.lines):
            yield "allow_anonymous true"
        if options.websockets:
            yield f"listener {self.ws_port} {HOST}"
            yield "protocol websockets"
        if self.certificates is not None:
            yield f"listener {self.tls_port} {HOST}"
            yield f"cafile {self.certificates.ca_file}"
            yield f"certfile {self.certificates.certificate}"
            yield f"keyfile {self.certificates.private_key}"
        yield f"listener {self.port} {HOST}"
        yield from options.lines
