"""Broker addresses: `mqtt://user:password@host:port` taken apart, printable without the password."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from simulators.errors import AddressError

PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and how to sign in."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """The address without credentials, fit for a log line."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_address(url: str) -> Address:
    """The parts of a broker's URL.

    Args:
        url: `mqtt://` or `mqtts://`, optionally with credentials and a port (1883, with TLS 8883).

    Raises:
        AddressError: Another scheme, no valid host, a port outside 1 to 65,535, or a path.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressError(url, f"{error}; write mqtt://host:1883") from None
    if parts.scheme not in PORTS:
        raise AddressError(url, "the scheme must be mqtt or mqtts, for example mqtt://127.0.0.1:1883")
    if not parts.hostname:
        raise AddressError(url, "the host is missing, for example mqtt://127.0.0.1:1883")
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise AddressError(url, "the host is no valid name; write mqtt://host:1883") from None
    if port == 0:
        raise AddressError(url, "port 0 is no broker's port; write mqtt://host:1883")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise AddressError(url, "nothing may follow the port")
    return Address(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        tls=parts.scheme == "mqtts",
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )
