"""Slices of settled history: the readings of many series in the order of time, as a replay needs them.

SQLite makes one JSON text of a slice, so that it works without the interpreter lock from the first row to the last; the
rows become Python objects in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from hub.history.model import StatusRow

if TYPE_CHECKING:
    import apsw

    from hub.history.model import Span
    from hub.history.store import SliceRow

_READINGS: Final = """
SELECT json_array(json_group_array(time_us), json_group_array(series),
                  json_group_array(CASE typeof(value) WHEN 'blob' THEN json(iif(value = x'01', 'true', 'false'))
                                                      ELSE value END),
                  json_group_array(quality))
  FROM (SELECT r.time_us, r.series, r.value, r.quality
          FROM json_each(?) k CROSS JOIN reading r
         WHERE r.series = k.value AND r.time_us >= ? AND r.time_us < ?
         ORDER BY r.time_us, r.series, r.n LIMIT ?)"""

_STATUSES: Final = """
SELECT s.device, s.time_us, s.status, s.reason
  FROM json_each(?) d CROSS JOIN status s
 WHERE s.device = d.value AND s.time_us >= ? AND s.time_us < ?
 ORDER BY s.time_us LIMIT ?"""

_LAST_STATUSES: Final = """
SELECT s.device, s.time_us, s.status, s.reason
  FROM json_each(?) d CROSS JOIN status s
 WHERE s.device = d.value AND s.time_us = (SELECT max(time_us) FROM status WHERE device = d.value AND time_us < ?)"""


def readings(file: apsw.Connection, ids: list[int], span: Span, *, limit: int) -> list[SliceRow]:
    """Return the oldest readings of a span, in the order of time.

    Args:
        file: ``history.db``.
        ids: series, by their ids in the file.
        span: when.
        limit: most of them.
    """
    text = file.execute(_READINGS, (orjson.dumps(ids).decode(), *span, limit)).get
    times, series, values, qualities = orjson.loads(text)
    return list(zip(times, series, values, qualities, strict=True))


def statuses(file: apsw.Connection, devices: list[str], span: Span, *, limit: int) -> list[StatusRow]:
    """Return the oldest statuses of a span, in the order of time.

    Args:
        file: ``history.db``.
        devices: their ids.
        span: when.
        limit: most of them.
    """
    asked = (orjson.dumps(devices).decode(), *span, limit)
    return [StatusRow(*row) for row in file.execute(_STATUSES, asked)]


def last_statuses(file: apsw.Connection, devices: list[str], time_us: int) -> list[StatusRow]:
    """Return the newest status of each device before a time; those without one are left out.

    Args:
        file: ``history.db``.
        devices: their ids.
        time_us: the time.
    """
    return [StatusRow(*row) for row in file.execute(_LAST_STATUSES, (orjson.dumps(devices).decode(), time_us))]
