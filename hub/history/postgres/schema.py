"""The schema in PostgreSQL, as the scripts that made each of its versions; one that was released never changes.

A value has a column by its type: ``number`` holds integers and floats, ``whole`` integers once more and exactly,
``words`` text, ``truth`` booleans. ``n`` tells readings of one time apart. A quality that is null is good. ``commits``
holds which buckets were touched and are not settled yet; its newest row stays, and says what was committed last.

The views ``readings`` and ``buckets`` are for people and programs such as Grafana: they keep their columns. Filter
them by ``device``, ``metric`` and ``time_us``, for which there are indexes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, LiteralString

from psycopg import sql

from hub.core.errors import Unusable
from hub.history.postgres.facts import facts, value

if TYPE_CHECKING:
    from psycopg import AsyncConnection

DAY_US: Final = 86_400_000_000
_DAILY_US: Final = 90 * DAY_US
"""Up to such a retention a partition holds a day, beyond it 30 days, so that there are never too many."""

_VALUE: Final = "number double precision, whole bigint, words text, truth boolean, quality text"

_TABLES: Final[LiteralString] = f"""\
CREATE TABLE device (id text PRIMARY KEY, source text NOT NULL, name text, place text, model text, info json NOT NULL);
CREATE TABLE series (id bigint PRIMARY KEY, device text NOT NULL, metric text NOT NULL, unit text,
                     datatype text NOT NULL, kind text, name text, cadence_us bigint, expiry_us bigint,
                     forgotten boolean NOT NULL DEFAULT false, UNIQUE (device, metric));
CREATE TABLE rollup (series bigint, step_s integer, start_us bigint, count bigint NOT NULL, min double precision,
                     max double precision, sum double precision, last double precision,
                     PRIMARY KEY (series, step_s, start_us));
CREATE TABLE state (series bigint, time_us bigint, n integer, {_VALUE}, PRIMARY KEY (series, time_us, n));
CREATE TABLE status (device text, time_us bigint, status text, reason text NOT NULL, PRIMARY KEY (device, time_us));
CREATE TABLE outage (source text, from_us bigint, to_us bigint NOT NULL, PRIMARY KEY (source, from_us));
CREATE TABLE commits (seq bigint PRIMARY KEY, time_us bigint NOT NULL, series bigint[] NOT NULL,
                      starts bigint[] NOT NULL);
CREATE TABLE guard (id bigserial PRIMARY KEY, time_us bigint NOT NULL, first_us bigint NOT NULL, ids bytea NOT NULL,
                    crcs bytea NOT NULL, times bytea NOT NULL)"""

_READING: Final[LiteralString] = f"""
CREATE TABLE reading (series bigint, time_us bigint, n integer, {_VALUE}, PRIMARY KEY (series, time_us, n))"""

_VIEWS: Final[LiteralString] = """\
CREATE VIEW readings AS
SELECT s.device, s.metric, s.unit, r.time_us, to_timestamp(r.time_us / 1e6) AS time,
       coalesce(r.number, r.truth::integer) AS value, coalesce(r.words, r.truth::text) AS text, r.quality
  FROM reading r JOIN series s ON s.id = r.series;
CREATE VIEW buckets AS
SELECT s.device, s.metric, s.unit, r.step_s, r.start_us AS time_us, to_timestamp(r.start_us / 1e6) AS time,
       r.count, r.min, r.max, r.sum / r.count AS mean, r.last
  FROM rollup r JOIN series s ON s.id = r.series"""

# Everything about TimescaleDB stands here. Chunks take the place of partitions; those older than a week are compressed,
# series by series. The continuous aggregate serves SQL users with hourly figures; the hub's own buckets stay in
# ``rollup``, because each of its answers has to come from one moment, late readings included, which a view that is
# refreshed later cannot promise.
_TIMESCALE: Final[LiteralString] = """\
SELECT create_hypertable('reading', 'time_us', chunk_time_interval => 86400000000::bigint);
CREATE FUNCTION now_us() RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT (extract(epoch FROM now()) * 1000000)::bigint';
SELECT set_integer_now_func('reading', 'now_us');
ALTER TABLE reading SET (timescaledb.compress, timescaledb.compress_segmentby = 'series',
                         timescaledb.compress_orderby = 'time_us, n');
SELECT add_compression_policy('reading', compress_after => 604800000000::bigint);
CREATE MATERIALIZED VIEW reading_hourly WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT series, time_bucket(3600000000::bigint, time_us) AS time_us, count(number) AS count, min(number) AS min,
       max(number) AS max, avg(number) AS mean
  FROM reading WHERE quality IS NULL OR left(quality, 3) <> 'bad' GROUP BY 1, 2 WITH NO DATA;
SELECT add_continuous_aggregate_policy('reading_hourly', start_offset => 604800000000::bigint,
                                       end_offset => 3600000000::bigint, schedule_interval => INTERVAL '1 hour')"""

VERSION: Final = 1


def partition_us(raw_us: int) -> int:
    """Return how much time a partition of readings holds, in µs: whole days.

    Args:
        raw_us: how long readings are kept; 0 for ever.
    """
    return DAY_US if 0 < raw_us <= _DAILY_US else 30 * DAY_US


async def prepare(connection: AsyncConnection, *, raw_us: int, address: str) -> None:
    """Make the schema if it is not there; nobody else may do so meanwhile.

    Args:
        connection: holds the lock of the one hub that writes.
        raw_us: how long readings are kept.
        address: for messages.

    Raises:
        Unusable: the schema was made by a newer hub.
    """
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value bigint NOT NULL)"
    )  # a notice that it is there already is not shown
    version = (await facts(connection)).get("version", 0)
    if version > VERSION:
        why = f"it was written by a newer hub: its schema is version {version}, this one knows {VERSION}"
        raise Unusable("history", address, why, "history.url")
    if version == VERSION:
        return
    timescale = await _has_timescale(connection)
    partition = 0 if timescale else partition_us(raw_us)
    async with connection.transaction():
        await _run(connection, _TABLES)
        await connection.execute(_READING if timescale else _READING + " PARTITION BY RANGE (time_us)")
        if timescale:
            await _run(connection, _TIMESCALE.partition("CREATE MATERIALIZED")[0].rstrip(";\n"))
        await _run(connection, _VIEWS)
        await connection.execute("INSERT INTO meta VALUES ('version', %s), ('partition_us', %s)", (VERSION, partition))
    if timescale:  # a continuous aggregate cannot be made in a transaction with what it reads
        await _run(connection, "CREATE MATERIALIZED" + _TIMESCALE.partition("CREATE MATERIALIZED")[2])


async def _run(connection: AsyncConnection, script: str) -> None:
    for statement in script.split(";\n"):
        await connection.execute(sql.SQL(statement))


async def _has_timescale(connection: AsyncConnection) -> bool:
    """Return True if the database has TimescaleDB; whoever wants it has run ``CREATE EXTENSION timescaledb``."""
    return await value(connection, "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'") is not None
