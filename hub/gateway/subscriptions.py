"""Subscriptions: what one client asked for, and the memberships that came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.errors import RequestError
from hub.gateway import protocol
from hub.live.frame import encode

if TYPE_CHECKING:
    from hub.core.batch import Position
    from hub.gateway.protocol import HistoryWanted
    from hub.gateway.session import Session
    from hub.live.broadcaster import Broadcaster
    from hub.live.frame import Frame
    from hub.live.member import Member
    from hub.live.request import ChannelKey


class Memberships:
    """The memberships of a session by the client's ids; ids that ask for the same share one.

    Args:
        session: the client.
    """

    __slots__ = ("_session", "by_id")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.by_id: dict[int | str, Member] = {}

    def join(
        self, broadcaster: Broadcaster, request: int | str, key: ChannelKey, since: Position | None = None
    ) -> tuple[Member, bool]:
        """Return the membership of an id, and whether it goes on from where the client was; it is still to be started.

        The same id again replaces its membership, and one of the same channel is begun anew for all its ids.

        Args:
            broadcaster: tells this session.
            request: the client's id.
            key: what it is.
            since: where the client was.
        """
        old = self.by_id.pop(request, None)
        twin = next((member for member in self._session.members if member.channel.key == key), None)
        member, resumed = broadcaster.join(self._session, key, since)
        self.by_id |= {other: member for other, held in self.by_id.items() if held is twin}
        self.by_id[request] = member
        for left in (old, twin):
            if left is not None and left not in self.by_id.values():
                broadcaster.leave(left)
        return member, resumed

    def leave(self, broadcaster: Broadcaster, request: int | str) -> None:
        """End the membership of an id, unless another shares it; an unknown id is no error.

        Args:
            broadcaster: tells this session.
            request: the client's id.
        """
        member = self.by_id.pop(request, None)
        if member is not None and member not in self.by_id.values():
            broadcaster.leave(member)


class Subscriptions:
    """The subscriptions of a session, by the client's ids. While it is shown the past its replay has them.

    Args:
        session: the client.
    """

    __slots__ = ("_members", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._members = Memberships(session)

    def asked(self, message: protocol.Subscribe) -> None:
        """Begin a subscription, or say why not.

        Args:
            message: what the client asks.
        """
        replay = self._session.replay
        known = self._members.by_id if replay is None else replay.keys
        try:
            key = message.key()
            if message.id not in known and len(known) >= protocol.MAX_SUBSCRIPTIONS:
                text = f"A connection has at most {protocol.MAX_SUBSCRIPTIONS} subscriptions; end one first."
                raise RequestError("too_many_subscriptions", text)  # noqa: TRY301 - one answer for all that is wrong
        except RequestError as error:
            self._session.send(protocol.error_frame(error, message.id))
            return
        if replay is None:
            self.join(message.id, key, message)
            return
        replay.subscribe(message.id, key)
        if message.history is not None:
            text = "A replay tells what happened from its moment on; ask GET /api/v1/history for what was before it."
            self._session.send(protocol.error_frame(RequestError("replaying", text, field="history"), message.id))

    def join(self, request: int | str, key: ChannelKey, message: protocol.Subscribe | None = None) -> None:
        """Let a subscription's frames begin; the same id again replaces it.

        Args:
            request: its id.
            key: what it is.
            message: as it was asked for, with where to resume; None if it begins anew.
        """
        session = self._session
        broadcaster = session.clients.broadcaster
        since = None if message is None else message.position()
        member, resumed = self._members.join(broadcaster, request, key, since)
        self._move_histories(request, member)
        session.send(subscribed(request, member, broadcaster.position, resumed=resumed))
        if message is not None and message.since is not None and not resumed and member.channel.every:
            session.send(broadcaster.unresumed(member.channel, since))
        broadcaster.start(member)
        if message is not None and message.history is not None:
            self._begin_history(request, member, message.history)

    def end(self, request: int | str) -> None:
        """End a subscription; an unknown one is no error.

        Args:
            request: its id.
        """
        if self._session.replay is not None:
            self._session.replay.unsubscribe(request)
            return
        if self._session.clients.histories is not None:
            self._session.clients.histories.end(self._session, request)
        self._members.leave(self._session.clients.broadcaster, request)

    def _begin_history(self, request: int | str, member: Member, wanted: HistoryWanted) -> None:
        """Let a subscription's past come, where any is kept."""
        histories = self._session.clients.histories
        if histories is None:
            error = RequestError("no_history", "This hub keeps no history: live it goes on.", field="history")
            self._session.send(protocol.error_frame(error, request))
        else:
            histories.begin(self._session, request, member, wanted)

    def _move_histories(self, request: int | str, member: Member) -> None:
        """End the past of a subscription that begins anew; others of the same channel are members anew, too."""
        histories = self._session.clients.histories
        if histories is not None:
            histories.end(self._session, request)
            for other, held in self._members.by_id.items():
                if held is member and other != request:
                    histories.move(self._session, other, member)

    def keys(self) -> dict[int | str, ChannelKey]:
        """Return what it has subscribed to in the present, by id."""
        return {request: member.channel.key for request, member in self._members.by_id.items()}

    def end_all(self) -> None:
        """End all of the present; twice is once."""
        histories = self._session.clients.histories
        if histories is not None:
            for request in self._members.by_id:
                histories.end(self._session, request)
        self._members.by_id.clear()
        for member in list(self._session.members):
            self._session.clients.broadcaster.leave(member)


def subscribed(request: int | str, member: Member, position: str, *, resumed: bool) -> Frame:
    """Return the answer to a subscription.

    Args:
        request: its id.
        member: what became of it.
        position: where its frames begin.
        resumed: True if it goes on where the client was.
    """
    channel = member.channel
    return encode(
        "subscribed",
        id=request,
        channel=channel.number,
        position=position,
        resumed=resumed,
        series=len(channel.order),
        interval_ms=channel.key.interval_ms,
    )
