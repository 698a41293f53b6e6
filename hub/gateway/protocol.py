"""The live protocol's messages from a client, validated, and the frames that answer a single connection.

Shared frames (``data``, ``devices``, ``series``, …) are made by :mod:`hub.live.frame`; here is what belongs to one
connection. The same models describe the protocol in the AsyncAPI document.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hub.core.batch import Position
from hub.core.errors import RequestError
from hub.core.select import MAX_FILTERS, MAX_GLOBS, Selection, filter_fault
from hub.gateway.replay_command import ReplayCommand
from hub.live.frame import Frame, encode
from hub.live.request import INTERVALS_MS, ChannelKey, Mode

if TYPE_CHECKING:
    from hub.core.feed import Feed

PROTOCOL = 1
SUBPROTOCOL = "hub.v1.json"
MAX_MESSAGE_BYTES = 65_536
"""Longest message from a client; a longer one closes the connection with 1009."""
MAX_SUBSCRIPTIONS = 64
BUFFER_HIGH_BYTES, BUFFER_LOW_BYTES = 262_144, 65_536
"""Marks of a client's write buffer: over the high one it leaves the shared frames, under the low one it catches up."""
MAX_ID = 64
_MAX_GLOB = 256


class Code(IntEnum):
    """Why a live connection is closed. 30xx: come back; 35xx: do not (live protocol, Close codes)."""

    SHUTTING_DOWN = 3001
    TAKES_NOTHING = 3008
    NO_HELLO = 3010
    HEARTBEAT_MISSED = 3012
    BAD_TOKEN = 3500
    BAD_FIRST_FRAME = 3501
    FORBIDDEN = 3507
    LIMIT = 3510
    NORMAL = 1000
    UNSUPPORTED = 1003
    BAD_DATA = 1007
    TOO_BIG = 1009
    PROTOCOL_ERROR = 1002

    @property
    def reconnect(self) -> bool:
        """True if the client should come back."""
        return 3000 <= self < 3500  # noqa: PLR2004 - the protocol's own ranges


class _Message(BaseModel):
    """Any message: unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Id = Annotated[int, Field(ge=0, le=2**53)] | Annotated[str, Field(min_length=1, max_length=MAX_ID)]


class Hello(_Message):
    """Always the first message, within 10 s."""

    type: Literal["hello"]
    token: str | None = Field(default=None, max_length=512, description="A session cookie of the handshake counts too.")
    client: str | None = Field(default=None, max_length=128, description="Name and version, for the status page.")


class HistoryWanted(_Message):
    """How much of the past a subscription begins with."""

    window_ms: float = Field(gt=0, le=10**13, strict=False, description="How far it goes back.")
    points: int = Field(default=1_000, ge=1, le=4_000, description="Most points of each series.")


class Subscribe(_Message):
    """One subscription; the same ``id`` again replaces it."""

    type: Literal["subscribe"]
    id: Id
    devices: list[str] = Field(min_length=1, max_length=MAX_FILTERS, description="MQTT filters over device ids.")
    metrics: list[str] = Field(
        default_factory=lambda: ["*"], max_length=MAX_GLOBS, description="Globs; empty for devices and statuses only."
    )
    mode: Literal["latest", "every"] = "latest"
    interval_ms: int = Field(default=100, ge=0, le=60_000, description="Rounded up to an interval class.")
    since: str | None = Field(default=None, max_length=128, description="Position up to which this selection is held.")
    summary: bool = Field(default=False, description="Counts by place.")
    units: Literal["SI", "metric", "imperial"] | None = Field(
        default=None, description="Numbers are converted into this system; part of the selection that `since` means."
    )
    history: HistoryWanted | None = Field(
        default=None, description="Begin with this much of each series' past; live readings follow from its position."
    )

    def key(self) -> ChannelKey:
        """Return what is asked for, canonical.

        Raises:
            RequestError: for a filter or glob that is not valid, naming its place.
        """
        for place, text in enumerate(self.devices):
            fault = filter_fault(text)
            if fault is not None:
                message = f"The filter {text[:80]!r} {fault}; + stands for one level, # for the rest."
                raise RequestError("bad_filter", message, field=f"devices.{place}")
        for place, glob in enumerate(self.metrics):
            if not glob or len(glob) > _MAX_GLOB:
                message = f"A metric glob has 1 to {_MAX_GLOB} characters; * stands for any, ? for one."
                raise RequestError("bad_glob", message, field=f"metrics.{place}")
        return ChannelKey(
            selection=Selection.of(self.devices, self.metrics),
            mode=Mode(self.mode),
            interval_ms=next(granted for granted in INTERVALS_MS if granted >= self.interval_ms),
            summary=self.summary,
            units=self.units or "",
        )

    def position(self) -> Position | None:
        """Return the position to resume from; an unreadable one resumes nothing."""
        return Position.parse(self.since) if self.since is not None else None


class Unsubscribe(_Message):
    """Ends a subscription; an unknown ``id`` is no error."""

    type: Literal["unsubscribe"]
    id: Id


class Pause(_Message):
    """A hidden tab: every channel of this connection stands still."""

    type: Literal["pause"]


class Resume(_Message):
    """Back again: every channel catches up."""

    type: Literal["resume"]


class Ping(_Message):
    """Asks for a ``pong``."""

    type: Literal["ping"]
    n: int | float | Annotated[str, Field(max_length=MAX_ID)] = Field(description="Comes back as it is.")


ClientMessage = Annotated[
    Hello | Subscribe | Unsubscribe | Pause | Resume | Ping | ReplayCommand,
    Field(discriminator="type"),
]
CLIENT_MESSAGE: TypeAdapter[Hello | Subscribe | Unsubscribe | Pause | Resume | Ping | ReplayCommand] = TypeAdapter(
    ClientMessage
)


_ID: TypeAdapter[int | str] = TypeAdapter(Id, config=ConfigDict(strict=True))


class NotJson(Exception):
    """A client's text is no JSON; the connection is closed with 1007."""


def parse(text: bytes) -> Hello | Subscribe | Unsubscribe | Pause | Resume | Ping | ReplayCommand:
    """Return a client's message.

    Args:
        text: one text message.

    Raises:
        NotJson: if it is no JSON.
        RequestError: if it is no message of the protocol: what is wrong, and in which field.
    """
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise NotJson(str(error)) from None
    if not isinstance(found, dict):
        raise RequestError("bad_message", "A message is a JSON object with a type.")
    try:
        return CLIENT_MESSAGE.validate_python(found)
    except ValidationError as error:
        raise _as_request_error(found, error) from None


def id_of(text: bytes) -> int | str | None:
    """Return the ``id`` of a message that is wrong in some other way, None if it has none that could be answered.

    Args:
        text: a message that :func:`parse` refused with a :class:`RequestError`.
    """
    found = orjson.loads(text)
    try:
        return _ID.validate_python(found.get("id")) if isinstance(found, dict) else None
    except ValidationError:
        return None


def _as_request_error(found: dict[str, Any], error: ValidationError) -> RequestError:
    """Say the first thing that is wrong with a message."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"].startswith("union_tag"):
        known = "hello, subscribe, unsubscribe, pause, resume, ping, replay"
        return RequestError(
            "unknown_type", f"The type {str(found.get('type'))[:40]!r} is not one of {known}.", field="type"
        )
    path = [
        str(part) for part in first["loc"][1:] if part not in ("int", "float", "str") and "constrained" not in str(part)
    ]
    field = ".".join(path)
    if first["type"] == "extra_forbidden":
        return RequestError("unknown_field", f"{found['type']} has no field {field!r}.", field=field)
    return RequestError("bad_field", f"{field or found['type']}: {first['msg']}.", field=field)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What ``welcome`` says about the hub.

    Args:
        hub: its version.
        build: the dashboard's build, so that an old page knows to reload.
        epoch: the log's.
        heartbeat_ms: how often something comes at least.
        max_clients: most live clients; policy when full: the newcomer is refused.
        zone: IANA name of the hub's time zone, in which the dashboard shows times.
    """

    hub: str
    build: str
    epoch: str
    heartbeat_ms: int
    max_clients: int = 20_000
    zone: str = "UTC"


def welcome(greeting: Greeting, *, now_ms: int, user: str, role: str) -> Frame:
    """Return the answer to ``hello``.

    Args:
        greeting: the hub's.
        now_ms: the hub's time.
        user: whom the hub takes the client for.
        role: what that user may do.
    """
    return encode(
        "welcome",
        protocol=PROTOCOL,
        hub=greeting.hub,
        build=greeting.build,
        epoch=greeting.epoch,
        now=now_ms,
        zone=greeting.zone,
        heartbeat_ms=greeting.heartbeat_ms,
        user=user,
        role=role,
        limits={
            "subscriptions": MAX_SUBSCRIPTIONS,
            "filters": MAX_FILTERS,
            "frame_bytes": MAX_MESSAGE_BYTES,
            "buffer_bytes": BUFFER_HIGH_BYTES,
        },
    )


def feed_frame(feed: Feed) -> Frame:
    """Return the state of a link.

    Args:
        feed: the link.
    """
    more: dict[str, str | int] = {"reason": feed.reason} if feed.reason else {}
    if not feed.up:
        more["tries"] = feed.tries
    return encode("feed", source=feed.source, up=feed.up, since=feed.since_us // 1000, address=feed.address, **more)


def error_frame(error: RequestError, request: int | str | None = None) -> Frame:
    """Return what is wrong with a request.

    Args:
        error: the error.
        request: the ``id`` it is about, if it has one.
    """
    more = {"field": error.field} if error.field else {}
    asked = {} if request is None else {"id": request}
    return encode("error", **asked, code=error.code, message=str(error), **more)


def bye(code: Code, reason: str, *, after_ms: tuple[int, int] = (500, 5000)) -> Frame:
    """Return the last frame of a connection.

    Args:
        code: why.
        reason: the same for people.
        after_ms: between which waits a client should come back, drawn at random, so that not all come at once.
    """
    return encode("bye", code=int(code), reason=reason, reconnect=code.reconnect, after_ms=list(after_ms))
