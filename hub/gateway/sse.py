"""The events stream: the live protocol for what can only listen, such as ``EventSource`` and ``curl``.

The same session, the same frames; only the transport differs. A stream costs a task and a buffer, hence its own limit.

References:
    HTML Living Standard §9.2, Server-sent events.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from hub.core.batch import Position
from hub.core.errors import RequestError
from hub.gateway.auth import address_of, identity_of
from hub.gateway.clients import HEARTBEAT_S
from hub.gateway.problems import BadRequest, FieldError, Refused
from hub.gateway.protocol import BUFFER_HIGH_BYTES, BUFFER_LOW_BYTES, Subscribe
from hub.gateway.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from hub.gateway.parts import Parts
    from hub.gateway.queries import EventsQuery
    from hub.live.frame import Frame

RETRY_MS = 1_500
"""How long a browser waits before it comes back."""
PIECE_BYTES = 65_536
"""Most bytes handed to the server at once; it waits until its socket has taken most of them."""
FAREWELL_S = 2.0
"""How long a closed stream may take to send what waits."""

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
_HELLO = orjson.dumps({"type": "hello"})
_EVERY = b',"every_ms":%d}\n\n' % (HEARTBEAT_S * 1000)


class EventSink:
    """A session's transport that writes server-sent events.

    Bound: the session leaves the shared frames at 256 KiB and comes back at 64 KiB; what is in between is one step's
    frames. Nothing is dropped here: what a slow client misses is conflated by the live stage, which says ``lag``.

    Args:
        epoch: the log's, for the ids of events.
    """

    def __init__(self, *, epoch: str) -> None:
        self._epoch = epoch
        self._waiting: deque[bytes] = deque((b"retry: %d\n\n" % RETRY_MS,))
        self._waiting_bytes = len(self._waiting[0])
        self._paused = False
        self._closed = False
        self._pumping = False
        self._news = asyncio.Event()
        self._deadline = asyncio.timeout(None)
        self.session: Session | None = None

    @property
    def family(self) -> str:
        """Events are written the same way for every client."""
        return "events"

    @property
    def put(self) -> Callable[[bytes], object]:
        """Let bytes wait: there is no shorter way."""
        return self.write

    def form(self, frame: Frame) -> bytes:
        """Return a frame as an event; a heartbeat tells how often it comes, for nobody asks here."""
        if frame.kind == "heartbeat":
            return b"event: heartbeat\ndata: " + frame.json[:-1] + _EVERY
        if frame.kind == "data" and not frame.position:
            frame.position = f"{self._epoch}:{seq_of(frame.json)}"
        return frame.sse

    def write(self, data: bytes) -> None:
        """Let bytes wait for the client."""
        if self._closed:
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._news.set()
        if self._waiting_bytes > BUFFER_HIGH_BYTES and not self._paused and self.session is not None:
            self._paused = True
            self.session.pause_writing()

    def buffered_bytes(self) -> int:
        """Return how much waits for the client."""
        return self._waiting_bytes

    def ping(self) -> None:
        """Ask nothing: this client cannot answer. That it takes what it is sent is its sign of life."""

    def close(self, code: int, reason: str) -> None:
        """Send what waits, for at most two seconds, and end the stream."""
        del code, reason
        self._closed = True
        self._news.set()
        self._hurry()

    def _hurry(self) -> None:
        """Set an end to a closed stream, once it is being sent."""
        if self._closed and self._pumping and self._deadline.when() is None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + FAREWELL_S)

    def pause_reading(self) -> None:
        """Take nothing from the client: it sends nothing."""

    def resume_reading(self) -> None:
        """Likewise."""

    async def pump(self, send: Send) -> bool:
        """Send what waits as the client takes it, until the stream is closed; return False if it takes no more.

        Cancellation loses what waits.

        Args:
            send: the server's; waits while its socket is full.
        """
        try:
            async with self._deadline:
                self._pumping = True
                self._hurry()
                while self._waiting or not self._closed:
                    await self._send_some(send)
        except (TimeoutError, OSError):
            self._waiting.clear()
            return False
        finally:
            self._pumping = False
        return True

    async def _send_some(self, send: Send) -> None:
        """Send a piece, or wait for something to send."""
        if not self._waiting:
            self._news.clear()
            await self._news.wait()
            return
        piece = [self._waiting.popleft()]
        size = len(piece[0])
        while self._waiting and size + len(self._waiting[0]) <= PIECE_BYTES:
            piece.append(self._waiting.popleft())
            size += len(piece[-1])
        await send({"type": "http.response.body", "body": b"".join(piece), "more_body": True})
        self._waiting_bytes -= size
        if self._paused and self._waiting_bytes < BUFFER_LOW_BYTES and self.session is not None:
            self._paused = False
            self.session.resume_writing()


def seq_of(json: bytes) -> int:
    """Return the position that a ``data`` frame brings its channel to.

    Args:
        json: as :func:`hub.live.frame.data` makes it: the first ``seq`` is the frame's own.
    """
    start = json.index(b'"seq":') + 6
    return int(json[start : json.index(b",", start)])


class EventStream(Response):
    """The answer that is an events stream.

    Args:
        streams: all of them.
        sink: where the session writes.
        session: what is streamed.
    """

    def __init__(self, streams: EventStreams, sink: EventSink, session: Session) -> None:
        super().__init__(headers=_HEADERS)
        self._streams = streams
        self._sink = sink
        self._session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the session ends or the client is gone."""
        del scope
        headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch(receive), name="events watch")
                taken = await self._sink.pump(send)
                watch.cancel()
            if taken:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            return
        finally:
            self._session.gone()
            self._streams.count -= 1

    async def _watch(self, receive: Receive) -> None:
        """Close the stream once the client has hung up."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._session.gone()
        self._sink.close(0, "")


class EventStreams:
    """The events streams of this gateway.

    Args:
        limit: most at a time; policy when full: the newcomer is refused.
    """

    def __init__(self, *, limit: int) -> None:
        self.count = 0
        self.limit = limit


async def stream_events(parts: Parts, query: EventsQuery, request: Request) -> Response:
    """Return the events of one subscription.

    Args:
        parts: the gateway's.
        query: the subscription.
        request: its ``Last-Event-ID`` resumes an earlier stream.

    Raises:
        RequestError: if the subscription is not valid, or there are as many streams as there may be.
    """
    wanted = _subscription(query, request.headers.get("last-event-id"))
    if request.method == "HEAD":
        return Response(headers=_HEADERS)
    streams, clients = parts.events, parts.deps.live
    if streams.count >= streams.limit or clients.full:
        message = f"The hub has as many event streams as it may ({streams.limit}); a WebSocket costs less."
        raise Refused("too_many_clients", message, 503, {"Retry-After": "5"})
    sink = EventSink(epoch=clients.greeting.epoch)
    session = Session(clients, sink, identity=identity_of(request.scope), address=address_of(request))
    sink.session = session
    streams.count += 1
    clients.add(session)
    session.received(_HELLO)
    session.received(orjson.dumps(wanted))
    session.heard_s = math.inf
    return EventStream(streams, sink, session)


def _subscription(query: EventsQuery, last_event_id: str | None) -> dict[str, object]:
    """Return the ``subscribe`` message that the parameters stand for."""
    wanted: dict[str, object] = {
        "type": "subscribe",
        "id": 1,
        "devices": query.devices or ["#"],
        "metrics": [] if query.metrics == [""] else query.metrics or ["*"],
        "mode": query.mode,
        "interval_ms": query.interval_ms,
        "units": query.units,
    }
    since = last_event_id or query.since
    if since:
        if Position.parse(since) is None and not last_event_id:
            message = "is no position; it looks like k3f9:812"
            raise BadRequest([FieldError(field="since", message=message)])
        wanted["since"] = since[:128]
    try:
        Subscribe.model_validate(wanted).key()
    except RequestError as error:
        field = error.field.partition(".")[0]
        raise BadRequest([FieldError(field=field, message=error.message)]) from error
    return wanted
