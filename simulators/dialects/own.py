"""Formats of no ecosystem: documents and plain topics as a profile wants them, with a status topic if it has a will."""

from simulators.dialects.dialect import Dialect, Member
from simulators.dialects.wording import Values, presence
from simulators.readout import Message, read_out


class Own(Dialect):
    """Whatever a profile says; devices with a will have a connection each, others share one a top-level place."""

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The device's own connection if it has a will, else its place's."""
        return member.id if member.profile.will else "gateway-" + member.id.split("/", 1)[0]

    def life(self, *, alive: bool) -> Message | None:
        """`online` or `offline`, retained, of a device with a will."""
        member = self.members[0]
        if not member.profile.will:
            return None
        return presence(f"{member.id}/status", alive=alive)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """One document, or one text for each metric."""
        return read_out(member.id, member.profile, values, measured_us)


class OwnPlain(Own):
    """The same where each metric has a topic."""

    each_metric = True
