"""Telling: how a channel writes its series and their values - as they were measured, or in the units it was asked for.

What everybody shares costs nothing more where nobody asks for units: such a channel has the plain functions of
:mod:`hub.live.frame`. One that was asked for them converts as it encodes, once a batch, whatever its members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orjson import dumps

from hub.core.model import Datatype
from hub.live import frame as frames
from hub.live.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.conversion import Conversion
    from hub.core.model import Device, Row, Series, Value
    from hub.live.request import ChannelKey

_NUMBERS = (float, int)
"""Types that are converted; exactly these, for a boolean is an integer too."""


def channel_of(number: int, key: ChannelKey) -> Channel:
    """Return a new channel.

    Args:
        number: its number on the wire.
        key: what it is.
    """
    return ConvertedChannel(number, key) if key.units else Channel(number, key)


class ConvertedChannel(Channel):
    """A channel whose values are in a system of units that was asked for."""

    __slots__ = ("_units",)

    def __init__(self, number: int, key: ChannelKey) -> None:
        super().__init__(number, key)
        self._units = key.units
        if self.every:
            self.rows = _ConvertedRows(self)

    def take(self, series: Series) -> None:
        """Let a series feed this channel.

        Args:
            series: one of the selection, not taken yet.
        """
        super().take(series)
        if isinstance(self.rows, _ConvertedRows):
            self.rows.sources[series.key] = series

    def drop(self, series: Series) -> None:
        """Stop a series from feeding this channel.

        Args:
            series: one that was taken.
        """
        super().drop(series)
        if isinstance(self.rows, _ConvertedRows):
            self.rows.sources.pop(series.key, None)

    def conversion(self, series: Series) -> Conversion | None:
        """Return what its units make of a series' numbers, None if they leave them alone.

        Args:
            series: any series.
        """
        scale = series.scale
        return None if scale is None else scale.to.get(self._units)

    def shown(self, series: Series, value: Value) -> Value:
        """Return a value as it is told.

        Args:
            series: whose it is.
            value: as it was measured.
        """
        if type(value) not in _NUMBERS:
            return value
        conversion = self.conversion(series)
        return value if conversion is None else conversion.of(value)  # type: ignore[arg-type]  # a number

    def series_row(self, series: Series) -> tuple[Any, ...]:
        """Return a series as ``series`` tells it, with the unit and type that its values are told in.

        Args:
            series: any series.
        """
        row = frames.series_row(series)
        conversion = self.conversion(series)
        if conversion is None:
            return row
        key, device, metric, _, datatype, *facts = row
        if datatype == Datatype.INTEGER.value:
            datatype = Datatype.FLOAT.value
        return (key, device, metric, conversion.unit, datatype, *facts)

    def latest_row(self, series: Series, base_us: int = 0) -> Row:
        """Return a series' latest value as ``snapshot`` tells it.

        Args:
            series: one that has a value.
            base_us: what its time is relative to.
        """
        return _with(self.shown(series, series.value), frames.latest_row(series, base_us))  # type: ignore[arg-type]  # it has one

    def fragment(self, some: Iterable[Series], base_us: int, *, after: int = 0) -> bytes:
        """Return the latest values of some series as rows of a ``data`` frame, separated by commas.

        Written out as :func:`hub.live.frame.fragment` is: it runs for every message that somebody sees.

        Args:
            some: any series.
            base_us: what their times are relative to, a whole millisecond.
            after: stamp; only those that changed after it are told.
        """
        units = self._units
        rows: list[Any] = []
        for series in some:
            if series.stamp > after:
                away = series.time_us - base_us
                time = away / 1000 if away % 1000 else away // 1000
                value, scale, quality = series.value, series.scale, series.stale or series.quality
                if scale is not None and type(value) in _NUMBERS and units in scale.to:
                    value = scale.to[units].of(value)  # type: ignore[arg-type]  # a number
                rows.append((series.key, time, value) if quality is None else (series.key, time, value, quality))
        return dumps(rows)[1:-1]

    def _missing(self, device: Device, base_us: int) -> bytes:
        """Return a device's rows since the last frame; what its other channels lack is in other units."""
        return self.fragment(self._told(device.series.values()), base_us)

    def _weigh(self) -> None:
        """Never begin to look: that saves only where rows are shared."""


class _ConvertedRows(list["Row"]):
    """The rows that wait in a channel that tells every reading: each is converted as it comes, by the unit of then."""

    __slots__ = ("_channel", "sources")

    def __init__(self, channel: ConvertedChannel) -> None:
        super().__init__()
        self._channel = channel
        self.sources: dict[int, Series] = {}

    def append(self, row: Row) -> None:
        """Take a row.

        Args:
            row: with its value as it was measured.
        """
        super().append(_with(self._channel.shown(self.sources[row[0]], row[2]), row))


def _with(value: Value, row: Row) -> Row:
    """Return a row with another value."""
    return (row[0], row[1], value, *row[3:])
