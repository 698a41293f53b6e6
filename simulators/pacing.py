"""When messages are due: an open-loop pace that never drifts and owns up to what it could not keep."""

from dataclasses import dataclass

MAX_DEBT_S = 1.0
"""How much of the pace a slow broker may be owed before the schedule slips, in seconds of messages."""

_US = 1_000_000


@dataclass(slots=True)
class Pacer:
    """A schedule: message number *k* (from 1) is due at `start_us + k / rate_hz`.

    The schedule does not wait for the broker, so a stall is followed by what was owed, at most `MAX_DEBT_S` of it;
    beyond that the whole schedule moves and `slipped_s` says by how much.
    """

    rate_hz: float
    """Messages a second; 0 means as many as the broker takes."""
    start_us: int
    """The moment the schedule begins, on any clock that only goes forward."""
    limit: int
    """How many messages there are in all."""
    slipped_s: float = 0.0
    """By how much the schedule had to move because the broker did not keep up."""

    def due(self, now_us: int, sent: int) -> int:
        """How many messages should have been sent by now, in all.

        Args:
            now_us: The present on the clock of `start_us`.
            sent: How many were sent so far.
        """
        if not self.rate_hz:
            return self.limit
        due = self._scheduled(now_us)
        debt_s = (due - sent) / self.rate_hz - MAX_DEBT_S
        if debt_s > 0 and due - sent > 1:
            self.slipped_s += debt_s
            due = self._scheduled(now_us)
        return max(sent, min(due, self.limit))

    def wait_s(self, now_us: int, sent: int) -> float:
        """Seconds until the next message is due; 0 when one is due already or there is no pace.

        Args:
            now_us: The present on the clock of `start_us`.
            sent: How many were sent so far.
        """
        if not self.rate_hz:
            return 0.0
        at_us = self.start_us + self.slipped_s * _US + (sent + 1) * _US / self.rate_hz
        return max(0.0, (at_us - now_us) / _US)

    def _scheduled(self, now_us: int) -> int:
        elapsed_us = now_us - self.start_us - round(self.slipped_s * _US)
        return max(0, int(elapsed_us * self.rate_hz / _US))


def share(total: int, part: int, parts: int) -> int:
    """The part's share of a total dealt out one by one; the shares of all parts add up to the total.

    Args:
        total: What is dealt out.
        part: Which part, from 0.
        parts: How many there are.
    """
    return (total + parts - 1 - part) // parts
