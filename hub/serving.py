"""Serving: the gateway's socket and its web server, started and stopped by the hub and not by signals."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

import uvicorn

from hub.core.errors import PortInUse, Unusable
from hub.gateway.transport import HandshakeProtocol, RequestProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

    from hub.config import HttpSettings

BACKLOG = 4096
"""Connections the kernel holds until they are accepted: a reconnect storm of thousands."""
GRACE_S = 2
"""How long requests may take to end once the hub stops."""


def is_loopback(host: str) -> bool:
    """Return True if only this machine can reach an address.

    Args:
        host: a name or an IP address.
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int, *, key: str) -> socket.socket:
    """Return a listening socket.

    Args:
        host: a name or an IP address.
        port: 0 for any free one.
        key: the setting that names the port.

    Raises:
        PortInUse: another program listens there.
        Unusable: the address is none of this machine's, or may not be used.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Unusable("address", host, why, key.replace("port", "host")) from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port, key) from None
        raise Unusable("address", f"{host}:{port}", error.strerror or str(error), key) from None
    return made


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the hub says when to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets=sockets)
        self.answering.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class WebServer:
    """The web server in front of the gateway.

    Args:
        app: the gateway.
        listener: a listening socket.
        settings: TLS files.

    Raises:
        Unusable: the certificate or key cannot be used.
    """

    def __init__(self, app: Starlette, *, listener: socket.socket, settings: HttpSettings) -> None:
        self._listener = listener
        self._stopped = False
        config = uvicorn.Config(
            app,
            http=RequestProtocol,
            ws=HandshakeProtocol,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=settings.certificate or None,
            ssl_keyfile=settings.private_key or None,
        )
        try:
            config.load()
        except OSError as error:
            files = f"{settings.certificate}, {settings.private_key}"
            raise Unusable("certificate", files, error.strerror or str(error), "http.certificate") from None
        self._server = _Server(config)

    async def run(self) -> None:
        """Serve until :meth:`stop` is called or the task is cancelled.

        Raises:
            RuntimeError: if the server ends by itself, so that a hub without its dashboard does not live on in silence.
        """
        await self._server.serve(sockets=[self._listener])
        if not self._stopped:
            message = "The web server ended by itself."
            raise RuntimeError(message)

    async def started(self) -> None:
        """Wait until requests are answered."""
        await self._server.answering.wait()

    def stop(self) -> None:
        """Answer what is being answered, then end."""
        self._stopped = True
        self._server.should_exit = True
