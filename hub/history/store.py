"""What a store does: the one protocol of the embedded store and the PostgreSQL store.

A store makes records durable one group after another. Records it has committed become readable when they are *settled*;
each answer says up to which record it reads, and whoever asks adds the later ones, which are still in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.core.model import Value
    from hub.history.model import Bucket, Outage, Record, Restored, Sample, SeriesName, SeriesRow, Span, StatusRow

T = TypeVar("T")

SliceRow: TypeAlias = "tuple[int, int, Value, str | None]"
"""A reading among those of many series: time in µs, key of its series, value, quality or None for good."""


class Answer(NamedTuple, Generic[T]):
    """What was asked for.

    Args:
        found: the answer.
        upto: number of the newest record that it takes into account; all of it comes from one moment.
    """

    found: T
    upto: int


class Store(Protocol):
    """Keeps records. Calls of one kind follow one another; committing, settling and reading may run side by side.

    Every method raises :class:`hub.core.errors.StoreError` if the store cannot do it now; nothing was changed then. If
    committing or settling raises :class:`hub.core.errors.StoreDamaged`, a damaged part was moved aside and is empty
    now: all devices and series, and every record that was not settled yet, have to be committed again, under new
    numbers in the order of their commits. Who reads and meets damage gets it, too; the next settling replaces the file.
    """

    @property
    def address(self) -> str:
        """Where it is, for people and without secrets."""

    @property
    def raw_from_us(self) -> int:
        """Readings older than this are not taken any more: what was made of their time stays as it is."""

    async def open(self) -> Restored:
        """Open it, made or brought up to date if need be, and return what it knows.

        Raises:
            Unusable: it cannot be used at all, and waiting will not help.
        """

    async def commit(self, records: list[Record]) -> None:
        """Make records durable, all or none. Committing a record again, by its number, changes nothing.

        Args:
            records: in order, at least one.
        """

    async def settle(self) -> int:
        """Make what is committed readable; return the number of the newest readable record."""

    async def tidy(self, now_us: int) -> int:
        """Drop some of what is kept no longer; return how many rows went, 0 if nothing is left to drop.

        Args:
            now_us: the hub's time.
        """

    async def buckets(self, key: int, span: Span, *, width_us: int, step_s: int) -> Answer[list[Bucket]]:
        """Return the numbers of a series in buckets, oldest first; buckets without a number are left out.

        Args:
            key: the series.
            span: both ends are multiples of the width.
            width_us: of a bucket; a multiple of the step.
            step_s: one of :data:`hub.history.model.STEPS_S`, or 0 to take the readings themselves.
        """

    async def samples(self, key: int, span: Span, *, limit: int) -> Answer[list[Sample]]:
        """Return the readings of a series, oldest first.

        Args:
            key: the series.
            span: whose.
            limit: most readings; the oldest ones are given.
        """

    async def states(self, key: int, span: Span, *, limit: int) -> Answer[list[Sample]]:
        """Return the readings of a series that differ from the one before, oldest first; the first counts as one.

        Args:
            key: the series.
            span: whose.
            limit: most readings; the oldest ones are given.
        """

    async def before(self, key: int, time_us: int) -> Answer[Sample | None]:
        """Return the newest reading of a series before a time, None if there is none.

        Args:
            key: the series.
            time_us: the time.
        """

    async def count(self, key: int, span: Span, *, limit: int) -> Answer[int]:
        """Return how many readings a series has in a span, at most ``limit``.

        Args:
            key: the series.
            span: where.
            limit: where counting stops.
        """

    async def outages(self, span: Span) -> list[Outage]:
        """Return the outages that touch a span, oldest first."""

    async def statuses(self, device: str, span: Span) -> list[StatusRow]:
        """Return the statuses of a device in a span and the last one before it, oldest first."""

    async def find(self, name: SeriesName) -> SeriesRow | None:
        """Return a series that the catalogue may have forgotten, None if there never was one."""

    def all_samples(self, keys: list[int], span: Span) -> AsyncIterator[tuple[int, list[Sample]]]:
        """Yield the readings of some series in pages, series after series, each oldest first; for exports."""

    async def moment(self, keys: list[int], time_us: int) -> Answer[dict[int, Sample]]:
        """Return the newest reading of each series before a time; those without one are left out. For time travel."""

    async def slice(self, keys: list[int], span: Span, *, limit: int) -> Answer[list[SliceRow]]:
        """Return the readings of some series in the order of time, those of one time in that of their keys.

        Args:
            keys: the series.
            span: when.
            limit: most readings; the oldest ones are given.
        """

    async def slice_statuses(self, devices: list[str], span: Span, *, limit: int) -> Answer[list[StatusRow]]:
        """Return the statuses of some devices in the order of time.

        Args:
            devices: their ids.
            span: when.
            limit: most statuses; the oldest ones are given.
        """

    async def moment_statuses(self, devices: list[str], time_us: int) -> Answer[list[StatusRow]]:
        """Return the newest status of each device before a time; those without one are left out."""

    async def size_bytes(self) -> int:
        """Return what it takes on disk."""

    async def close(self, *, now_us: int) -> None:
        """Note that this is an end in order, and close; twice is once. The next start settles what is not settled.

        Args:
            now_us: the hub's time.
        """
