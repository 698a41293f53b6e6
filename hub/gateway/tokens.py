"""Tokens: long random secrets that stand for somebody, of which the hub keeps hashes only.

A token names its hash (``hub_<id>_<secret>``), so that checking one costs one hash, however many there are.

References:
    RFC 9106, Argon2; OWASP Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane).
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.gateway.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_PREFIX = "hub"
_ID_BYTES, _SECRET_BYTES = 4, 32
_CACHED = 1_024
MAX_TOKEN_CHARS = 512
MAX_WAITING = 64
"""Most tokens that wait to be looked at; policy when full: refuse, and let the client come back."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody the hub knows.

    Args:
        user: the name people see.
        role: what they may do: ``admin``, ``operator`` or ``viewer``.
        token_id: which token let them in, empty if none was needed.
    """

    user: str
    role: str
    token_id: str = ""


LOCAL = Identity("local", "admin")
"""Whoever uses a hub that is open."""


def new_token() -> tuple[str, str]:
    """Return a new token, to be shown once, and its hash, to be kept in ``auth.tokens``."""
    token_id = secrets.token_hex(_ID_BYTES)
    token = f"{_PREFIX}_{token_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return token, f"{token_id}:{_HASHER.hash(token)}"


def hash_fault(text: str) -> str | None:
    """Return what is wrong with an entry of ``auth.tokens`` as a phrase, None if nothing is.

    Args:
        text: the entry; argon2id hashes without an id are accepted too.
    """
    token_id, colon, digest = text.rpartition(":")
    if colon and not token_id.isalnum():
        return "has no id of letters and digits before its colon"
    if not digest.startswith("$argon2id$"):
        return "is no argon2id hash; hub token create makes one"
    return None


class Tokens:
    """Checks tokens against their hashes; the same token again costs a dict entry.

    Args:
        hashes: as :func:`new_token` made them.
    """

    def __init__(self, hashes: Iterable[str]) -> None:
        self._hashes: dict[str, str] = {}
        self._nameless: list[str] = []
        for text in hashes:
            token_id, colon, digest = text.rpartition(":")
            if colon:
                self._hashes[token_id] = digest
            else:
                self._nameless.append(digest)
        self._verified: OrderedDict[bytes, Identity] = OrderedDict()
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0

    @property
    def ids(self) -> dict[str, str]:
        """Hashes by the id of their token; those without one by their own digest."""
        named = {hashlib.sha256(digest.encode()).hexdigest()[:8]: digest for digest in self._nameless}
        return named | self._hashes

    def cached(self, token: str) -> Identity | None:
        """Return who a token stands for if it was verified before; never waits.

        Args:
            token: as it was sent.
        """
        return self._verified.get(_fingerprint(token))

    async def verify(self, token: str) -> Identity | None:
        """Return who a token stands for, None if it is not valid.

        Hashing runs in a thread, one at a time: a flood of wrong tokens keeps one core at most, and little memory.

        Args:
            token: as it was sent.

        Raises:
            RequestError: if 64 wait already; who was verified before does not wait.
        """
        found = self.cached(token)
        if found is not None:
            return found
        if len(token) > MAX_TOKEN_CHARS:
            return None
        if self._waiting >= MAX_WAITING:
            raise Refused("too_many_failures", "Too many tokens wait to be looked at.", 429, {"Retry-After": "1"})
        self._waiting += 1
        try:
            for token_id, digest in self._candidates(token):
                if await self._is_of(digest, token):
                    return self._remember(token, Identity(f"token {token_id}", "admin", token_id))
        finally:
            self._waiting -= 1
        return None

    async def _is_of(self, digest: str, token: str) -> bool:
        """Return True if a hash is of a token, once it is its turn."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(_verifies, digest, token)

    def _candidates(self, token: str) -> list[tuple[str, str]]:
        """Return the hashes that a token can belong to."""
        prefix, _, rest = token.partition("_")
        token_id = rest.partition("_")[0]
        if prefix == _PREFIX and token_id in self._hashes:
            return [(token_id, self._hashes[token_id])]
        return [(hashlib.sha256(digest.encode()).hexdigest()[:8], digest) for digest in self._nameless]

    def _remember(self, token: str, identity: Identity) -> Identity:
        """Keep a verified token's fingerprint; bound 1,024, the oldest goes."""
        self._verified[_fingerprint(token)] = identity
        if len(self._verified) > _CACHED:
            self._verified.popitem(last=False)
        return identity


def _fingerprint(token: str) -> bytes:
    """Return what stands for a verified token in memory; a token has 256 random bits, so a plain hash hides it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _verifies(digest: str, token: str) -> bool:
    """Return True if a hash is of a token."""
    try:
        return _HASHER.verify(digest, token)
    except (VerificationError, InvalidHashError):
        return False
