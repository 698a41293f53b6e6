"""Dialling: a connected socket to the broker, with TLS where wanted, opened by the event loop.

Nothing here uses a thread, so cancelling ends it at once and closes what was opened.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.mqtt.options import Address


async def dial(address: Address, tls: ssl.SSLContext | None) -> socket.socket:
    """Return a connected, non-blocking socket. Waits as long as the system does; cancelling closes what was opened.

    Args:
        address: every IP address that its host resolves to is tried in turn.
        tls: verifies the broker; None for a plain connection.

    Raises:
        OSError: none can be reached, with the reason of the last one tried; or the certificate is not trusted.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    fault = OSError("the name has no address")
    for family, kind, protocol, _, place in found:
        tcp = socket.socket(family, kind, protocol)
        try:
            tcp.setblocking(False)
            # Acknowledgements are small writes that the broker waits for.
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(tcp, place)
        except OSError as error:
            tcp.close()
            fault = error
        except BaseException:
            tcp.close()
            raise
        else:
            return tcp if tls is None else await _secure(tcp, address.host, tls)
    raise fault


async def _secure(tcp: socket.socket, host: str, tls: ssl.SSLContext) -> ssl.SSLSocket:
    """Return the socket after a TLS handshake; closes it if that fails."""
    secured = tls.wrap_socket(tcp, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                secured.do_handshake()
            except ssl.SSLWantReadError:
                await _possible(secured, to_read=True)
            except ssl.SSLWantWriteError:
                await _possible(secured, to_read=False)
            else:
                return secured
    except BaseException:
        secured.close()
        raise


async def _possible(sock: socket.socket, *, to_read: bool) -> None:
    """Wait until a socket can be read or written."""
    loop = asyncio.get_running_loop()
    happened = asyncio.Event()
    add, remove = (loop.add_reader, loop.remove_reader) if to_read else (loop.add_writer, loop.remove_writer)
    add(sock.fileno(), happened.set)
    try:
        await happened.wait()
    finally:
        remove(sock.fileno())
