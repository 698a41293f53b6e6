"""What a subscriber is told: the broker's address, the topics, the session; and the mistakes one can make there."""

from __future__ import annotations

import secrets
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from hub.core.errors import Mistake, Unusable
from hub.core.select import covers, filter_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Version: TypeAlias = Literal["auto", "5", "3.1.1"]

_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is.

    Args:
        scheme: ``mqtt``, ``mqtts``, ``ws`` or ``wss``.
        host: name or IP address, IPv6 without brackets.
        port: 1…65535.
        path: of a WebSocket.
        username: empty for none.
        password: likewise.
    """

    scheme: str
    host: str
    port: int
    path: str = "/mqtt"
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        """True with TLS."""
        return self.scheme in ("mqtts", "wss")

    @property
    def is_websocket(self) -> bool:
        """True over WebSocket."""
        return self.scheme in ("ws", "wss")

    def __str__(self) -> str:
        """Return ``host:port``, without secrets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(url: str) -> Address | str:
    """Return the address of a broker's URL, or what is wrong with it as a phrase.

    Args:
        url: ``mqtt://user:password@host:port``, ``mqtts://…``, ``ws://…/path``, ``wss://…/path``; user and password
            percent-encoded where needed. ``embedded`` is none: the embedded broker tells its own URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        return f"is no address ({fault})"
    if parts.scheme not in _PORTS:
        return "must be embedded or begin with mqtt://, mqtts://, ws:// or wss://"
    if not parts.hostname:
        return "names no host"
    if port == 0:
        return "names port 0, which nothing can listen on"
    if parts.query or parts.fragment or (parts.path not in ("", "/") and parts.scheme in ("mqtt", "mqtts")):
        return "has something after the port that it cannot mean"
    return Address(
        parts.scheme,
        parts.hostname,
        port or _PORTS[parts.scheme],
        parts.path if parts.path not in ("", "/") else "/mqtt",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


class HostState(NamedTuple):
    """What a Sparkplug host publishes of itself, retained with QoS 1.

    Args:
        birth: topic and payload, from the time of its connection's will in milliseconds since 1970 UTC.
        death: likewise, from when it connects (its will) or says goodbye.
    """

    birth: Callable[[int], tuple[str, bytes]]
    death: Callable[[int], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class SubscriberOptions:
    """How to subscribe; the names are those of the settings in ``[mqtt]``.

    Args:
        address: the broker.
        client_id: not empty, the same at each start, so that the broker knows the session again.
        topics: valid filters, none of which overlap.
        version: ``auto`` is 5, and 3.1.1 where the broker refuses it.
        qos: 0 or 1.
        session_expiry_s: how long the broker keeps messages while the hub is away; 0 for a clean session.
        receive_maximum: QoS 1 messages not yet acknowledged, 1…65535 (MQTT 5).
        max_payload_bytes: larger messages are skipped while reading, at least 128.
        ca_file: the authority to trust with TLS; empty for the system's, or ``SSL_CERT_FILE``.
        known_as: the hub's name in its status topic; empty for the client id.
        host: how the hub says that it is a Sparkplug host; None if it is none. Then that, and not its own status, is
            the will: a client has only one.
    """

    address: Address
    client_id: str
    topics: tuple[str, ...] = ("#",)
    version: Version = "auto"
    qos: int = 1
    session_expiry_s: int = 86_400
    receive_maximum: int = 1000
    max_payload_bytes: int = 1_048_576
    ca_file: str = ""
    known_as: str = ""
    host: HostState | None = None

    @property
    def status_topic(self) -> str:
        """Where the hub's birth and will are."""
        return f"telemetry-hub/{self.known_as or self.client_id}/status"

    def tls_context(self) -> ssl.SSLContext | None:
        """Return what verifies the broker, None without TLS.

        Raises:
            Unusable: the authority's file cannot be read.
        """
        if not self.address.encrypted:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except OSError as fault:
            raise Unusable("authority", self.ca_file, fault.strerror or str(fault), "mqtt.ca_file") from fault


def topic_mistakes(topics: Sequence[str], *, key: str = "mqtt.topics", origin: str = "") -> list[Mistake]:
    """Return what is wrong with topic filters: none at all, invalid ones, and ones that overlap.

    Some brokers deliver a message once for each filter that matches, which would count it twice.

    Args:
        topics: filters as written.
        key: the setting that holds them.
        origin: the file or variable that holds the setting.

    References:
        MQTT 3.1.1 §3.3.5 (overlapping subscriptions).
    """
    if not topics:
        return [Mistake(key, 'names no topic; ["#"] is all of them', origin)]
    found = []
    valid = []
    for text in topics:
        fault = filter_fault(text)
        if fault is not None:
            found.append(Mistake(key, f"{text!r} {fault}", origin))
        else:
            valid.append(text)
    for place, text in enumerate(valid):
        found += [
            Mistake(key, f"{other!r} and {text!r} overlap, so a broker may deliver a message twice; keep one", origin)
            for other in valid[:place]
            if overlap(other, text)
        ]
    return found


def overlap(one: str, other: str) -> bool:
    """Return True if some topic is matched by both filters.

    Args:
        one: a valid filter.
        other: a valid filter.

    References:
        MQTT 3.1.1 §4.7; a wildcard at the start does not match topics that begin with ``$``.
    """
    if covers(one, other) or covers(other, one):
        return one[0] == other[0] or "$" not in (one[0], other[0])
    ones, others = one.split("/"), other.split("/")
    for place, (left, right) in enumerate(zip(ones, others, strict=False)):
        if "#" in (left, right):
            return True
        if left != right and "+" not in (left, right):
            return False
        if place == 0 and left != right and (left[:1] == "$" or right[:1] == "$"):
            return False
    longer, shorter = (ones, others) if len(ones) > len(others) else (others, ones)
    return len(longer) == len(shorter) or longer[len(shorter) :] == ["#"]


def kept_client_id(data_dir: Path) -> str:
    """Return the client id of this installation: made at the first start, then read from ``data_dir/client_id``.

    Args:
        data_dir: an existing folder.

    Raises:
        Unusable: the file can be neither read nor written.
    """
    path = data_dir / "client_id"
    try:
        if path.exists() and (kept := path.read_text(encoding="utf-8").strip()):
            return kept
        made = f"hub-{secrets.token_hex(6)}"
        path.write_text(made + "\n", encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Unusable("client id", str(path), str(fault), "data_dir") from fault
    return made
