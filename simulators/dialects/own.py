"""Formats of no ecosystem: documents and plain topics as a profile wants them, with a status topic if it has a will."""

from simulators.dialects.dialect import Dialect, Member, Now, Values
from simulators.readout import Message, read_out

ONLINE = b"online"
OFFLINE = b"offline"


class Own(Dialect):
    """Whatever a profile says; devices with a will have a connection each, others share one a top-level place."""

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The device's own connection if it has a will, else its place's."""
        return member.id if member.profile.will else "gateway-" + member.id.split("/", 1)[0]

    def will(self, wall_us: int) -> Message | None:  # noqa: ARG002  # no time in it
        """`offline`, retained."""
        return self._status(OFFLINE)

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """`online`, retained, of a device with a will."""
        status = self._status(ONLINE)
        return [] if status is None else [status]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """One document, or one text for each metric."""
        return read_out(member.id, member.profile, values, measured_us)

    def _status(self, word: bytes) -> Message | None:
        member = self.members[0]
        return Message(f"{member.id}/status".encode(), word, 1, retain=True) if member.profile.will else None


class OwnPlain(Own):
    """The same where each metric has a topic."""

    each_metric = True
