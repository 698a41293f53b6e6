"""A stand behind the real server, on a free port."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from hub.config import HttpSettings
from hub.serving import WebServer, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.gateway.stand import Stand


@contextlib.asynccontextmanager
async def served(stand: Stand) -> AsyncIterator[str]:
    """Serve a stand as the hub does; give its address."""
    with listen("127.0.0.1", 0, key="http.port") as listener:
        server = WebServer(stand.app, listener=listener, settings=HttpSettings())
        async with asyncio.TaskGroup() as group:
            group.create_task(server.run(), name="server")
            clients = group.create_task(stand.clients.run(), name="clients")
            await server.started()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                stand.clients.stop()
                server.stop()
                clients.cancel()


async def people(stand: Stand, count: int) -> bool:
    """Wait until there are just so many sessions."""
    async with asyncio.timeout(10):
        while stand.clients.clients != count:  # noqa: ASYNC110 - sessions come and go by callbacks of sockets
            await asyncio.sleep(0.01)
    return True
