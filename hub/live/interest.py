"""Interest: which channels want which devices and series, found both ways without a scan.

A new channel walks the tree of devices, a new device walks the tree of filters, a new series asks only its device's
channels. A channel lives while it has members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.select import FilterTree
from hub.live.telling import channel_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.catalogue import Catalogue
    from hub.core.model import Device, Series
    from hub.live.channel import Channel
    from hub.live.request import ChannelKey


class Interest:
    """The channels, by what they are and by what they want.

    Args:
        catalogue: the devices and series there are.
        first: number of the first channel.
    """

    def __init__(self, catalogue: Catalogue, first: int = 1) -> None:
        self._catalogue = catalogue
        self._filters: FilterTree[Channel] = FilterTree()
        self._next = first
        self.channels: dict[ChannelKey, Channel] = {}
        self.every: dict[Channel, None] = {}
        """Those that tell every reading."""
        self.hurried: set[Channel] = set()
        """Those that are told of readings without an interval."""

    def open(self, key: ChannelKey, stamp: int) -> Channel:
        """Return the channel of a key, made now if nobody is in it.

        Args:
            key: what it is.
            stamp: the newest stamp; a new channel has nothing to tell before it.
        """
        found = self.channels.get(key)
        if found is not None:
            return found
        channel = self.channels[key] = channel_of(self._next, key)
        self._next += 1
        channel.sent = channel.arranged = stamp
        if channel.every:
            self.every[channel] = None
        if not key.interval_ms and key.selection.metrics:
            self.hurried.add(channel)
        wanted: list[Series] = []
        for device in self._catalogue.tree.select(key.selection.devices):
            wanted += self._enter(channel, device)
        wanted.sort(key=lambda series: series.stamp)
        for series in wanted:
            channel.take(series)
        for text in key.selection.devices:
            self._filters.add(text, channel)
        return channel

    def close(self, channel: Channel) -> None:
        """Forget a channel without members.

        Args:
            channel: an open one.
        """
        del self.channels[channel.key]
        self.every.pop(channel, None)
        self.hurried.discard(channel)
        for text in channel.key.selection.devices:
            self._filters.discard(text, channel)
        channel.looks = False
        for device in channel.devices:
            channel.drop_device(device)
        for series in list(channel.order):
            channel.drop(series)

    def introduce(self, device: Device) -> list[Channel]:
        """Return the channels that want a device; a new one enters them.

        Args:
            device: new, or known by another name now.
        """
        for channel in self._filters.match(device.id):
            if device not in channel.devices:
                for series in self._enter(channel, device):
                    channel.take(series)
        return list(device.channels)  # type: ignore[arg-type]

    def introduce_series(self, series: Series) -> list[Channel]:
        """Return the channels that want a series; a new one feeds them.

        Args:
            series: new, or with another unit or type now.
        """
        wanted: list[Channel] = []
        channel: Channel
        for channel in series.device.channels:  # type: ignore[assignment]
            if series in channel.order:
                wanted.append(channel)
            elif channel.key.selection.wants_metric(series.metric):
                channel.take(series)
                wanted.append(channel)
        return wanted

    def remove(self, devices: Iterable[Device], series: Iterable[Series]) -> None:
        """Take what was forgotten out of its channels.

        Args:
            devices: forgotten devices.
            series: forgotten series.
        """
        channel: Channel
        for one in series:
            for channel in list(one.device.channels):  # type: ignore[assignment]
                if one in channel.order:
                    channel.drop(one)
        for device in devices:
            for channel in device.channels:  # type: ignore[assignment]
                channel.devices.pop(device, None)
                channel.drop_device(device)

    def _enter(self, channel: Channel, device: Device) -> list[Series]:
        """Put a device into a channel and return its series that the channel wants."""
        channel.take_device(device)
        wants = channel.key.selection.wants_metric
        return [series for series in device.series.values() if wants(series.metric)]
