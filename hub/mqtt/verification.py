"""Verification: whether the installed paho is one the bulk reader was built and tested for.

The bulk reader stands on paho's internals. It is used only with releases it was verified with, and only after the
internals were found and a short stream went through them as expected; else the stock reader takes over, and the hub
says so.
"""

from __future__ import annotations

import inspect
import socket
from typing import TYPE_CHECKING

import paho.mqtt
from paho.mqtt import client as paho_client
from paho.mqtt.enums import CallbackAPIVersion

from hub.mqtt.reader import BulkReader
from hub.mqtt.stock import StockReader

if TYPE_CHECKING:
    from hub.core.raw import RawMessage

VERIFIED_FROM = (2, 2)
"""First release of paho that the bulk reader's tests were run with."""
VERIFIED_BEFORE = (2, 3)
"""First release that they were not run with."""

_METHODS = {
    "_create_socket_connection": ("self",),
    "_loop_rc_handle": ("self", "rc"),
    "_packet_queue": ("self", "command", "packet", "mid", "qos", "info"),
    "_packet_read": ("self",),
    "_sock_close": ("self",),
    "_sock_recv": ("self", "bufsize"),
    "_sock_send": ("self", "buf"),
    "_ssl_wrap_socket": ("self", "tcp_sock"),
}
_ATTRIBUTES = (
    "_connect_timeout",
    "_last_bytes_received",
    "_last_msg_out",
    "_out_packet",
    "_ping_t",
    "_protocol",
    "_sock",
    "_state",
)
# CONNACK, PUBLISH of QoS 0 and 1, a PUBLISH of QoS 3, which is no MQTT.
_STREAM = bytes.fromhex("20020000 3005 0001 61 3031 3206 0001 62 0007 32 3604 0001 6300")


def reader_class(version: str = "") -> tuple[type[BulkReader | StockReader], str]:
    """Return the reader for the installed paho, and why it is the stock reader; empty if it is not.

    Args:
        version: of paho; empty for the installed one's.
    """
    fault = _version_fault(version or paho.mqtt.__version__) or _structure_fault() or _trial_fault()
    return (StockReader, fault) if fault else (BulkReader, "")


def _version_fault(version: str) -> str:
    """Return that a release was not verified, empty if it was."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if VERIFIED_FROM <= numbers < VERIFIED_BEFORE:
        return ""
    return f"paho-mqtt {version} is not one of the releases the bulk reader was verified with"


def _structure_fault() -> str:
    """Return which of paho's internals is not as expected, empty if all are."""
    for name, parameters in _METHODS.items():
        method = getattr(paho_client.Client, name, None)
        if method is None or tuple(inspect.signature(method).parameters) != parameters:
            return f"paho-mqtt has another {name}"
    client = paho_client.Client(CallbackAPIVersion.VERSION2)
    missing = [name for name in _ATTRIBUTES if not hasattr(client, name)]
    return f"paho-mqtt has no {missing[0]}" if missing else ""


def _trial_fault() -> str:
    """Return that a short stream is not read as expected, empty if it is."""
    got: list[RawMessage] = []
    client = paho_client.Client(CallbackAPIVersion.VERSION2)
    client.__class__ = BulkReader
    assert isinstance(client, BulkReader)  # noqa: S101 - for the type checker
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        client.begin(lambda messages, *_: got.extend(messages), max_payload_bytes=128, dialled=None)
        client._sock = near  # noqa: SLF001 - a connection without connecting
        client.on_disconnect = None
        try:
            far.sendall(_STREAM)
            client.loop_read()
            expected = [(b"a", b"01", 0, 0, "", 0), (b"b", b"2", 2, 7, "", 0)]
            if [tuple(message) for message in got] != expected or client.socket() is not None:
                return "paho-mqtt does not read a short stream as expected"
        except Exception as error:  # noqa: BLE001 - whatever it is, the bulk reader is not to be used
            return f"paho-mqtt fails at a short stream ({error!r})"
    return ""
