"""What the gateway is built from: everything it may know, in one frozen value that tests make of fakes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.core.batch import Batch, Log
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.feed import Feeds
    from hub.core.meters import Meters
    from hub.core.raw import Receipt
    from hub.gateway.auth import Access
    from hub.gateway.clients import Clients
    from hub.gateway.readiness import Readiness
    from hub.history.window import History
    from hub.normalise.normaliser import Normaliser

STATIC = Path(__file__).with_name("static")
"""Where the build of the dashboard is put, in the checkout and in the wheel."""


class AuthMode(StrEnum):
    """Who may use the hub (settings, ``auth.mode``)."""

    AUTO = "auto"
    """Everybody where the hub listens on loopback only, else who has a token."""
    OPEN = "open"
    """Everybody; only if somebody wrote so."""
    REQUIRED = "required"
    """Who has a token."""


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The settings the gateway heeds, already validated.

    Args:
        version: the hub's version.
        build: the commit it was built from, empty if unknown.
        loopback: True if the hub listens on loopback only.
        secure: True if it speaks TLS itself.
        auth_mode: see :class:`AuthMode`.
        token_hashes: as :func:`hub.gateway.tokens.new_token` made them.
        session_key: signs session cookies; a new one signs everybody out.
        allowed_origins: origins (``https://host[:port]``) besides the hub's own that may use it from a browser.
        max_connections: most live connections at a time.
        sse_clients: most of them on the events stream, which costs a task each.
        compress: True to agree to permessage-deflate.
        static_dir: the folder of the dashboard's build.
    """

    version: str = "0"
    build: str = ""
    loopback: bool = True
    secure: bool = False
    auth_mode: AuthMode = AuthMode.AUTO
    token_hashes: tuple[str, ...] = field(default=(), repr=False)
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    allowed_origins: tuple[str, ...] = ()
    max_connections: int = 20_000
    sse_clients: int = 2_000
    compress: bool = False
    static_dir: Path = STATIC

    @property
    def open(self) -> bool:
        """True if nobody needs a token."""
        return self.auth_mode is AuthMode.OPEN or (self.auth_mode is AuthMode.AUTO and self.loopback)


@dataclass(frozen=True, slots=True)
class GatewayDeps:
    """Everything the gateway is built from.

    Args:
        catalogue: devices and series with their latest values.
        normaliser: explains a message on trial; keeps what could not be decoded.
        log: gives answers their position.
        feeds: the hub's links.
        meters: what the hub counts.
        clock: the hub's clock.
        readiness: what ``/readyz`` says.
        live: the live clients.
        access: says who may use it; the live clients ask the same.
        submit: publishes readings that came over HTTP, acknowledged once they are durable.
        history: answers what was; None if history is not kept.
        options: the settings.
    """

    catalogue: Catalogue
    normaliser: Normaliser
    log: Log
    feeds: Feeds
    meters: Meters
    clock: Clock
    readiness: Readiness
    live: Clients
    access: Access
    submit: Callable[[Batch, Receipt], None]
    history: History | None = None
    options: GatewayOptions = field(default_factory=GatewayOptions)
