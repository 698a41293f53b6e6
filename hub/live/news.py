"""News: what a channel is told apart from readings, as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.live import frame as frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.core.batch import Batch
    from hub.core.model import Series
    from hub.live.channel import Channel
    from hub.live.frame import Frame


def gap(channel: int, *, from_us: int | None, to_us: int, missed: int | None, reason: str) -> Frame:
    """Return the frame that says what an ``every`` channel cannot deliver.

    Args:
        channel: the channel's number.
        from_us: since when; None where only the client knows what it had last, and then ``from`` is ``to``.
        to_us: until when.
        missed: readings; None where nobody knows.
        reason: ``restart``, ``expired``, ``overflow`` or ``dropped``.
    """
    until = to_us // 1000
    since = until if from_us is None else min(from_us // 1000, until)
    return frames.encode("gap", channel=channel, missed=missed, reason=reason, **{"from": since, "to": until})


def news_frames(channel: Channel, batch: Batch, *, seq: int) -> Iterator[Frame]:
    """Yield what a batch tells a channel apart from readings and changes of quality.

    Args:
        channel: the channel.
        batch: appended and applied.
        seq: position up to which whoever is told has everything of the channel.
    """
    number = channel.number
    devices = [device for device in batch.devices if device in channel.devices]
    gone = [device.id for device in batch.removed_devices if channel.key.selection.wants_device(device.id)]
    if devices or gone:
        rows = [frames.device_row(device) for device in devices]
        yield frames.encode("devices", channel=number, seq=seq, add=rows, remove=gone)
    series = [one for one in batch.series if one in channel.order]
    removed = [one.key for one in batch.removed_series if _wanted(channel, one.device.id, one.metric)]
    if series or removed:
        table = [channel.series_row(one) for one in series]
        yield frames.encode("series", channel=number, seq=seq, add=table, remove=removed)
    told = [
        (change.device.id, change.status, frames.milliseconds(change.time_us), change.reason)
        for change in batch.statuses
        if change.device in channel.devices
    ]
    if told:
        yield frames.encode("status", channel=number, seq=seq, rows=told)


def quality_frame(channel: Channel, seq: int, changed: Iterable[Series]) -> Frame | None:
    """Return the present qualities of a channel's series whose quality changed without a reading, None without any.

    Args:
        channel: the channel.
        seq: position up to which whoever is told has everything of the channel.
        changed: series of any channel.
    """
    rows = [
        (series.key, series.shown_quality or "good", frames.milliseconds(series.stale_us))
        for series in changed
        if series in channel.order and series.time_us >= 0
    ]
    return frames.encode("quality", channel=channel.number, seq=seq, rows=rows) if rows else None


def _wanted(channel: Channel, device_id: str, metric: str) -> bool:
    selection = channel.key.selection
    return selection.wants_device(device_id) and selection.wants_metric(metric)
