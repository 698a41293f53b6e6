"""Reasons: why a link is down, in words that people understand.

References:
    MQTT 5.0 §2.4 (reason codes); MQTT 3.1.1 §3.2.2.3 (return codes, which paho translates).
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

UNSUPPORTED_VERSION = 132
"""The code of a broker that does not speak MQTT 5."""
SILENT = "the broker does not answer"
"""What a broker does that takes too long."""
LOST = "the connection was lost"
"""What is known if the broker says nothing."""
LOST_AGAIN = "the connection is lost again and again; does another client use the same client id?"
"""What that means if it happens soon after each subscription: not every broker tells that a session was taken over."""
HUNG_UP = "the broker hung up before it answered"
"""What a broker does that takes an unknown version of MQTT for rubbish, among others."""

WORDS = {
    128: "the broker gives no reason",
    129: "the broker could not read what the hub sent",
    130: "the broker says that the protocol was violated",
    131: "the broker refuses, for a reason of its own",
    132: "the broker does not speak this version of MQTT",
    133: "the broker does not accept the client id",
    134: "the broker does not accept the user name or password",
    135: "the broker does not allow this client",
    136: "the broker is not available",
    137: "the broker is busy",
    138: "the broker has banned this client",
    139: "the broker is shutting down",
    140: "the broker wants another way to log in",
    141: "the broker heard nothing from the hub for too long",
    142: "another client connected with the same client id",
    143: "the broker does not accept the topic filter",
    144: "the broker does not accept the topic of the hub's status",
    147: "the broker says that it got more messages at once than it takes",
    149: "the broker says that a packet is too large",
    151: "a quota at the broker is used up",
    152: "the connection was ended at the broker by hand",
    153: "the broker does not accept the hub's status",
    154: "the broker does not keep retained messages",
    155: "the broker does not offer this quality of service",
    156: "the broker wants another server to be used",
    157: "the broker has moved to another address",
    158: "the broker does not allow shared subscriptions",
    159: "the broker says that it is connected to too often",
    160: "the broker allows connections only for a limited time",
    161: "the broker does not know subscription identifiers",
    162: "the broker does not allow wildcards in topics",
}
"""What a reason code means to somebody who wants the link up again."""

PERMANENT = frozenset((132, 133, 134, 135, 138, 140, 144, 149, 154, 155, 157))
"""Codes that stay until somebody changes something."""


def told_by_broker(code: ReasonCode | int) -> str:
    """Return what the broker says with a reason code.

    Args:
        code: of a CONNACK, SUBACK or DISCONNECT.
    """
    return WORDS.get(code if isinstance(code, int) else code.value, f"the broker closed the connection ({code})")


def noticed_here(code: ReasonCode) -> str:
    """Return what the hub noticed itself when a link broke.

    Args:
        code: as paho puts it.
    """
    match code.value:
        case 130:
            return "the broker sent something that is not MQTT"
        case 141:
            return "the broker is silent"
        case _:
            return LOST


def denied_topics(topics: list[str]) -> str:
    """Return that the broker denies some topics.

    Args:
        topics: at least one filter.
    """
    return f"the broker denies {'topics' if len(topics) > 1 else 'the topic'} {', '.join(topics)}"


def fault_of(error: BaseException) -> str:
    """Return why a connection could not be opened or broke.

    Args:
        error: what was raised.
    """
    match error:
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"no encrypted connection ({error.reason or error}); does the broker speak TLS on this port?"
        case socket.gaierror():
            return f"the name cannot be resolved ({(error.strerror or str(error)).lower()})"
        case OSError() if error.errno:
            return os.strerror(error.errno).lower()  # its own text depends on the event loop
        case _:
            return str(error) or type(error).__name__
