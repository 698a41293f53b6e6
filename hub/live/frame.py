"""Frames: one change, encoded once, the same bytes for every member.

A frame is JSON of the live protocol. What a transport adds around it (a WebSocket header, SSE's field names, a
compressed copy) is made at most once a frame, when the first member of that transport takes it.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.core.model import Device, Row, Series

COMPRESS_FROM_BYTES = 1024
"""Smaller frames are sent as they are: deflate would save less than its header and time cost."""

_SHORT, _MEDIUM = 126, 65536
_SYNC_TAIL = b"\x00\x00\xff\xff"


class Frame:
    """One message of the live protocol, ready for any transport.

    Args:
        kind: its ``type``.
        json: the object, encoded.
        position: ``epoch:seq`` where a client may resume from after it, else empty.
    """

    __slots__ = ("_deflated", "_sse", "_websocket", "json", "kind", "position")

    def __init__(self, kind: str, json: bytes, position: str = "") -> None:
        self.kind = kind
        self.json = json
        self.position = position
        self._websocket: bytes | None = None
        self._deflated: bytes | None = None
        self._sse: bytes | None = None

    @property
    def websocket(self) -> bytes:
        """An unmasked, unfragmented text frame (RFC 6455 §5.2)."""
        made = self._websocket
        if made is None:
            made = self._websocket = websocket_header(len(self.json)) + self.json
        return made

    @property
    def deflated(self) -> bytes:
        """The same with permessage-deflate, no context takeover (RFC 7692 §7.2); small ones uncompressed."""
        if len(self.json) < COMPRESS_FROM_BYTES:
            return self.websocket
        made = self._deflated
        if made is None:
            packer = zlib.compressobj(level=1, wbits=-15)
            body = packer.compress(self.json) + packer.flush(zlib.Z_SYNC_FLUSH)
            body = body.removesuffix(_SYNC_TAIL)
            made = self._deflated = websocket_header(len(body), first=0xC1) + body
        return made

    @property
    def sse(self) -> bytes:
        """The same as a server-sent event (HTML Living Standard §9.2.6)."""
        made = self._sse
        if made is None:
            head = f"event: {self.kind}\n"
            if self.position:
                head += f"id: {self.position}\n"
            made = self._sse = b"%sdata: %s\n\n" % (head.encode(), self.json)
        return made


def websocket_header(size: int, *, first: int = 0x81) -> bytes:
    """Return the header of an unmasked frame.

    Args:
        size: bytes of the payload.
        first: FIN, RSV and opcode.
    """
    if size < _SHORT:
        return bytes((first, size))
    if size < _MEDIUM:
        return struct.pack("!BBH", first, _SHORT, size)
    return struct.pack("!BBQ", first, _SHORT + 1, size)


def milliseconds(us: int) -> int | float:
    """Return microseconds as milliseconds: an integer where whole, else with at most 3 decimals.

    Args:
        us: a time or a difference in microseconds.
    """
    return us / 1000 if us % 1000 else us // 1000


def encode(kind: str, position: str = "", /, **fields: Any) -> Frame:  # noqa: ANN401 - JSON values
    """Return a frame of the fields given; None stands for JSON null.

    Args:
        kind: its ``type``.
        position: see :class:`Frame`.
        fields: in the order of the protocol's table.
    """
    return Frame(kind, orjson.dumps({"type": kind, **fields}), position)


def fragment(some: Iterable[Series], base_us: int, *, after: int = 0) -> bytes:
    """Return the latest values of some series as rows of a ``data`` frame, separated by commas.

    Written out, not by :func:`latest_row`: it runs for every message that somebody sees.

    Args:
        some: any series.
        base_us: what their times are relative to, a whole millisecond.
        after: stamp; only those that changed after it are told. A series without a value has stamp 0.
    """
    rows: list[Any] = []
    for series in some:
        if series.stamp > after:
            away = series.time_us - base_us
            time = away / 1000 if away % 1000 else away // 1000
            quality = series.stale or series.quality
            value = series.value
            rows.append((series.key, time, value) if quality is None else (series.key, time, value, quality))
    return orjson.dumps(rows)[1:-1]


def data(channel: int, seq: int, base_us: int, rows: bytes, n: int) -> bytes:
    """Return the JSON of a ``data`` frame.

    Args:
        channel: the channel's number.
        seq: position the frame brings its members to.
        base_us: what the rows' times are relative to, a whole millisecond.
        rows: the array of ``[key, ms after base, value, quality?]``, encoded.
        n: readings the frame stands for.
    """
    return b'{"type":"data","channel":%d,"seq":%d,"base":%d,"rows":%s,"n":%d}' % (
        channel, seq, base_us // 1000, rows, n
    )  # fmt: skip


def snapshot(channel: int, position: str, rows: Sequence[Row], *, more: bool) -> Frame:
    """Return one page of a channel's state.

    Args:
        channel: the channel's number.
        position: ``epoch:seq`` that is complete after this page.
        rows: ``(key, ms, value, quality?)``.
        more: True if another page follows.
    """
    return encode("snapshot", position, channel=channel, position=position, rows=rows, more=more)


def device_row(device: Device) -> tuple[str, str, str | None, str | None, str | None]:
    """Return a device as ``devices`` tells it.

    Args:
        device: any device.
    """
    return device.id, device.source, device.name, device.branch or None, device.model


def series_row(series: Series) -> tuple[Any, ...]:
    """Return a series as ``series`` tells it.

    Args:
        series: any series.
    """
    row = (series.key, series.device.id, series.metric, series.unit, series.datatype.value)
    more: dict[str, Any] = {}
    if series.kind is not None:
        more["kind"] = series.kind
    if series.name is not None:
        more["name"] = series.name
    if series.cadence_us is not None:
        more["cadence_ms"] = series.cadence_us // 1000
    return (*row, more) if more else row


def status_row(device: Device) -> tuple[str, str, int | float, str]:
    """Return a device's status as ``status`` tells it.

    Args:
        device: any device.
    """
    return device.id, device.status.value, milliseconds(device.status_us), device.status_reason


def latest_row(series: Series, base_us: int = 0) -> Row:
    """Return a series' latest value as ``snapshot`` and ``data`` tell it.

    Args:
        series: one that has a value.
        base_us: what its time is relative to.
    """
    time = milliseconds(series.time_us - base_us)
    quality = series.stale or series.quality
    value = series.value
    assert value is not None  # noqa: S101 - callers pass only series with a value
    if quality is None:
        return series.key, time, value
    return series.key, time, value, quality
