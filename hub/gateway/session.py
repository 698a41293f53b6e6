"""Sessions: what the live protocol does, free of any transport.

A session is called: with a client's message, when its transport is full or has drained, when it is gone. It owns no
task and no timer; :class:`hub.gateway.clients.Clients` looks after the time of all sessions at once.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from hub.core.errors import RequestError
from hub.gateway import protocol
from hub.gateway.protocol import Code
from hub.gateway.replay_command import ReplayCommand
from hub.gateway.subscriptions import Subscriptions
from hub.live.frame import encode
from hub.live.member import State

if TYPE_CHECKING:
    from hub.gateway.clients import Clients
    from hub.gateway.replay import Replay
    from hub.gateway.sink import Sink
    from hub.gateway.tokens import Identity
    from hub.live.broadcaster import Broadcaster
    from hub.live.frame import Frame
    from hub.live.member import Member

BURST, RATE_HZ = 200, 50
"""Messages a client may send at once, and per second after that; then reading pauses for a second."""


class Hold(IntFlag):
    """Why nothing is read from a client for now. What it sends meanwhile waits, and then counts."""

    FLOOD = 1
    """It sent too much."""
    TOKEN = 2
    """Its token is being looked at."""
    FULL = 4
    """It does not take what it is sent: no more questions, so no more answers that wait for it."""


class Session:
    """One client of the live protocol.

    Args:
        clients: all of them, and what they share.
        sink: its transport.
        identity: who it is, by its handshake; None if ``hello`` has to say so.
        address: where it comes from.
    """

    __slots__ = (
        "_hidden", "_lagging", "_mark_bytes", "_merged", "_paused", "_sink", "_spent", "_spent_s", "address", "client",
        "clients", "closed", "family", "form", "greeted", "heard_s", "held", "identity", "joined_s", "members", "put",
        "replay", "slot", "stalled_s", "subscriptions", "verifying",
    )  # fmt: skip

    def __init__(self, clients: Clients, sink: Sink, *, identity: Identity | None, address: str) -> None:
        self.clients = clients
        self._sink = sink
        self.family = sink.family
        self.put = sink.put
        self.form = sink.form
        self.identity = identity
        self.address = address
        self.client = ""
        self.members: list[Member] = []
        self.subscriptions = Subscriptions(self)
        self.replay: Replay | None = None
        self._paused = False
        self._hidden = False
        self._lagging = False
        self._merged = 0
        self.held = Hold(0)
        self.greeted = False
        self.verifying = False
        self.closed = False
        self.joined_s = self.heard_s = clients.clock.steady_s()
        self.stalled_s = 0.0
        self._mark_bytes = 0
        self._spent = 0.0
        self._spent_s = self.joined_s
        self.slot = 0

    # As the live stage sees it (hub.live.member.Peer).

    @property
    def stalled(self) -> bool:
        """True while nothing more should be written."""
        return self._paused or self._hidden or self.closed

    @property
    def behind(self) -> bool:
        """True while a subscription of a visible client lags."""
        return not self._hidden and any(member.state is State.BEHIND for member in self.members)

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""
        if not self.closed:
            self._sink.write(data)

    def lag(self, *, behind: bool, conflated: int) -> None:
        """Tell the client that it left the shared frames, or that all its subscriptions have rejoined them.

        In a replay nothing is conflated: its clock stands meanwhile.
        """
        if self.replay is not None:
            return
        if not behind:
            self._merged += conflated
            if any(member.state is State.BEHIND for member in self.members):
                return
            conflated, self._merged = self._merged, 0
            if not self._lagging:
                return
        self._lagging = behind
        self.send(encode("lag", behind=behind, buffered_bytes=self._sink.buffered_bytes(), conflated=conflated))

    def send(self, frame: Frame) -> None:
        """Send a frame to this client alone.

        Args:
            frame: any frame.
        """
        self.write(self.form(frame))

    # As its transport sees it.

    def pause_writing(self) -> None:
        """The transport's buffer is over its high mark: leave the shared frames."""
        if self._paused or self.closed:
            return
        shared = any(member.state is State.SHARED for member in self.members)
        self._paused = True
        self.stalled_s = self.clients.clock.steady_s()
        self._mark_bytes = self._sink.buffered_bytes()
        self._broadcaster.fell_behind(self)
        self.hold(Hold.FULL)
        if shared:
            self.lag(behind=True, conflated=0)

    def resume_writing(self) -> None:
        """The transport's buffer is under its low mark: catch up."""
        self._paused = False
        if not self.stalled:
            self._broadcaster.drained(self)
        self.release(Hold.FULL)

    def hold(self, reason: Hold) -> None:
        """Read nothing more from the client for now.

        Args:
            reason: why; twice is once.
        """
        if not self.held:
            self._sink.pause_reading()
        self.held |= reason

    def release(self, reason: Hold) -> None:
        """Read on, unless there is another reason not to.

        Args:
            reason: which is over; one that was none is no error.
        """
        if self.held & reason:
            self.held &= ~reason
            if not self.held and not self.closed:
                self.heard_s = max(self.heard_s, self.clients.clock.steady_s())
                self._sink.resume_reading()

    def count(self) -> None:
        """Count a message or control frame of the client; one too many, and reading pauses for a second."""
        now = self.heard_s = self.clients.clock.steady_s()
        self._spent = max(0.0, self._spent - (now - self._spent_s) * RATE_HZ) + 1
        self._spent_s = now
        if self._spent > BURST and not self.held & Hold.FLOOD:
            text = f"More than {RATE_HZ} messages a second: reading pauses for one second."
            self.send(protocol.error_frame(RequestError("rate_limited", text)))
            self.hold(Hold.FLOOD)
            self.clients.later(self)

    def received(self, text: bytes) -> None:
        """Handle one text message of the client.

        Args:
            text: at most 64 KiB of UTF-8.
        """
        if self.closed:
            return
        try:
            message = protocol.parse(text)
        except protocol.NotJson:
            self.end(Code.BAD_DATA, "What you sent is not JSON.")
            return
        except RequestError as error:
            if self.greeted:
                self.send(protocol.error_frame(error, protocol.id_of(text)))
            else:
                self.end(Code.BAD_FIRST_FRAME, f"The first message must be a hello: {error}")
            return
        self._handle(message)

    def ended(self) -> None:
        """The connection is about to be closed: nothing more is told; twice is once."""
        self.closed = True
        if self.replay is not None and self.clients.replays is not None:
            self.clients.replays.close(self.replay)
        self.subscriptions.end_all()

    def gone(self) -> None:
        """The connection is lost, or was closed; twice is once."""
        self.ended()
        self.clients.discard(self)

    def end(self, code: Code, reason: str) -> None:
        """Say goodbye and close; twice is once.

        Args:
            code: why.
            reason: the same for people.
        """
        if self.closed:
            return
        self.send(protocol.bye(code, reason))
        self.ended()
        self._sink.close(code, reason)

    # As the clients' clock sees it.

    def takes_nothing_since(self, now: float) -> float:
        """Return for how many seconds the peer has taken no byte, though some waited for it.

        Args:
            now: steady time in seconds.
        """
        waiting = self._sink.buffered_bytes()
        if not self._paused or waiting < self._mark_bytes:
            self.stalled_s = now
        self._mark_bytes = waiting
        return now - self.stalled_s

    def beat(self, beat: Frame) -> None:
        """Send the heartbeat and ask for a sign of life; a full transport is left alone.

        Args:
            beat: the same frame for everybody.
        """
        if not self._paused:
            self._sink.ping()
            self.send(beat)

    def welcome(self, identity: Identity) -> None:
        """Let the client in.

        Args:
            identity: who it is.
        """
        if self.closed or self.greeted:
            return
        self.identity = identity
        self.greeted = True
        now_ms = self.clients.clock.now_us() // 1000
        self.send(protocol.welcome(self.clients.greeting, now_ms=now_ms, user=identity.user, role=identity.role))
        for feed in self.clients.feeds.all():
            self.send(protocol.feed_frame(feed))

    def _handle(self, message: object) -> None:
        match message:
            case protocol.Hello():
                self._hello(message)
            case _ if not self.greeted:
                self.end(Code.BAD_FIRST_FRAME, "The first message must be a hello.")
            case protocol.Subscribe():
                self.subscriptions.asked(message)
            case protocol.Unsubscribe():
                self.subscriptions.end(message.id)
            case protocol.Pause():
                self._hidden = True
                self._broadcaster.fell_behind(self)
            case protocol.Resume():
                self._hidden = False
                if not self.stalled:
                    self._broadcaster.drained(self)
            case ReplayCommand():
                self._replay(message)
            case protocol.Ping():
                now_ms = self.clients.clock.now_us() // 1000
                self.send(encode("pong", n=message.n, now=now_ms, latency_ms=self.clients.latency_ms))

    def _hello(self, message: protocol.Hello) -> None:
        if self.greeted or self.verifying:
            self.send(protocol.error_frame(RequestError("unexpected_hello", "You have been welcomed already.")))
            return
        self.client = message.client or ""
        if self.identity is not None and not message.token:
            self.welcome(self.identity)
        elif self.clients.access.open:
            self.clients.let_in(self)
        elif message.token:
            self.verifying = True
            self.hold(Hold.TOKEN)
            self.clients.verify(self, message.token)
        else:
            self.end(Code.BAD_TOKEN, "This hub needs a token, or a session cookie: sign in first.")

    def _replay(self, message: ReplayCommand) -> None:
        if self.clients.replays is None:
            self.send(protocol.error_frame(RequestError("no_history", "This hub keeps no history to replay.")))
        else:
            self.clients.replays.asked(self, message)

    @property
    def _broadcaster(self) -> Broadcaster:
        """Who tells this client: the present, or its replay."""
        return (self.replay and self.replay.broadcaster) or self.clients.broadcaster
