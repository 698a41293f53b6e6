"""Sessions: cookies for browsers, which cannot send a header with a page, an event stream or a WebSocket.

A cookie says which token it stands for and until when, signed with a key made of the hub's own secret and the token's
hash. So the hub keeps nothing about sessions, a restart signs nobody out, and a revoked token ends its sessions.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from hub.gateway.rows import MICROSECONDS
from hub.gateway.tokens import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.core.clock import Clock

LIFETIME_S = 30 * 86_400
"""How long a session lasts; a wall display is signed in once a month."""


class Sessions:
    """Makes and checks the values of session cookies.

    Args:
        key: the hub's own secret, 32 random bytes.
        hashes: hashes by the id of their token.
        clock: dates their end.
        secure: True if cookies go over TLS only.
    """

    def __init__(self, *, key: bytes, hashes: Mapping[str, str], clock: Clock, secure: bool) -> None:
        self._key = key
        self._hashes = hashes
        self._clock = clock
        self.secure = secure

    @property
    def cookie(self) -> str:
        """The cookie's name; the prefix makes browsers insist on TLS and on this very host (RFC 6265bis §4.1.3)."""
        return "__Host-hub_session" if self.secure else "hub_session"

    def issue(self, identity: Identity) -> str:
        """Return the cookie value for somebody.

        Args:
            identity: who showed a token.
        """
        end_s = self._clock.now_us() // MICROSECONDS + LIFETIME_S
        said = f"{identity.token_id}.{end_s}"
        return f"{said}.{self._signature(said, identity.token_id)}"

    def check(self, value: str) -> Identity | None:
        """Return who a cookie stands for; None if it is forged, over, or its token revoked.

        Args:
            value: as the browser sent it.
        """
        said, _, signature = value.rpartition(".")
        token_id, _, end_s = said.rpartition(".")
        if token_id not in self._hashes or not value.isascii():
            return None
        if not hmac.compare_digest(self._signature(said, token_id), signature):
            return None
        if int(end_s) * MICROSECONDS < self._clock.now_us():
            return None
        return Identity(f"token {token_id}", "admin", token_id)

    def _signature(self, said: str, token_id: str) -> str:
        """Return what only this hub can write under what a cookie says."""
        key = hmac.digest(self._key, self._hashes[token_id].encode(), hashlib.sha256)
        return hmac.digest(key, said.encode(), hashlib.sha256).hex()
