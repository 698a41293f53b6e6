from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket

from hub.gateway.transport import HandshakeProtocol, RequestProtocol
from tests.gateway.served import people
from tests.support.sockets import live

if TYPE_CHECKING:
    from tests.gateway.stand import Stand


async def test_a_handshake_leaves_no_cycle_for_the_garbage_collector(stand: Stand, base: str) -> None:
    gc.collect()
    gc.disable()
    try:
        async with live(base):
            assert await people(stand, 1)
            left = [
                thing
                for thing in gc.get_objects()
                if isinstance(thing, HandshakeProtocol | RequestProtocol | WebSocket)
            ]
            assert not left
    finally:
        gc.enable()
