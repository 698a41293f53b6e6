"""The schema of the two files, as the scripts that made each of its versions; one that was released never changes.

A boolean is stored as the blob ``00`` or ``01``, so that it differs from the numbers 0 and 1. ``n`` tells readings of
one time apart. A quality that is null is good. ``state`` holds the readings of a series that is no number which differ
from the one before: it outlives the readings themselves.
"""

from __future__ import annotations

from typing import Final

HEAD: Final = (
    """\
CREATE TABLE head (seq INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, n INTEGER NOT NULL,
                   readings TEXT NOT NULL, news TEXT);
CREATE TABLE guard (id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, first_us INTEGER NOT NULL,
                    ids BLOB NOT NULL, crcs BLOB NOT NULL, times BLOB NOT NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID""",
)
"""``head.db``: what was committed and is not settled yet."""

SETTLED: Final = (
    """\
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE device (id TEXT PRIMARY KEY, source TEXT NOT NULL, name TEXT, place TEXT, model TEXT,
                     info TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE series (id INTEGER PRIMARY KEY, device TEXT NOT NULL, metric TEXT NOT NULL, unit TEXT,
                     datatype TEXT NOT NULL, kind TEXT, name TEXT, cadence_us INTEGER, expiry_us INTEGER,
                     forgotten INTEGER NOT NULL DEFAULT 0, last_us INTEGER, last_value, last_quality TEXT,
                     UNIQUE (device, metric));
CREATE TABLE reading (series INTEGER, time_us INTEGER, n INTEGER, value, quality TEXT,
                      PRIMARY KEY (series, time_us, n)) WITHOUT ROWID;
CREATE TABLE rollup (series INTEGER, step_s INTEGER, start_us INTEGER, count INTEGER, min, max, sum, last,
                     PRIMARY KEY (series, step_s, start_us)) WITHOUT ROWID;
CREATE TABLE state (series INTEGER, time_us INTEGER, n INTEGER, value, quality TEXT,
                    PRIMARY KEY (series, time_us, n)) WITHOUT ROWID;
CREATE TABLE status (device TEXT, time_us INTEGER, status TEXT, reason TEXT NOT NULL,
                     PRIMARY KEY (device, time_us)) WITHOUT ROWID;
CREATE TABLE outage (source TEXT, from_us INTEGER, to_us INTEGER NOT NULL,
                     PRIMARY KEY (source, from_us)) WITHOUT ROWID""",
)
"""``history.db``: what is settled, and can be asked for."""
