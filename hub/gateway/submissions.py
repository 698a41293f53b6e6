"""Submissions: readings over HTTP, for what cannot speak MQTT; answered once they are durable.

They take the way of all readings from the pipeline on, so they are live for everybody at once. Rows are admitted in
slices with the loop running between; each slice is one batch, whose receipt says when history has it.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hub.core.batch import Batch, Position
from hub.core.errors import RequestError
from hub.core.model import Rejection
from hub.core.raw import Flown
from hub.gateway.endpoint import json_answer, read_body
from hub.gateway.pace import Pace
from hub.gateway.problems import BadRequest, FieldError, Refused
from hub.gateway.submitted_rows import json_line_rows, json_rows, line_protocol_rows
from hub.normalise.submitted import admit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from hub.core.meters import Meters
    from hub.gateway.parts import Parts
    from hub.gateway.queries import SubmitQuery
    from hub.gateway.submitted_rows import Row
    from hub.normalise.normaliser import Normaliser

NOTATIONS: Final = ("application/json", "application/x-ndjson", "text/plain")
MAX_BODY_BYTES: Final = 4 * 2**20
"""Of a body, as it comes and as it is without gzip: parsing one JSON document of that size holds up the loop for some
20 ms, lines of JSON do not."""
MAX_ROWS: Final = 50_000
MOST_WAITING: Final = 200_000
"""Readings of all submissions that wait to be durable; policy when full: the newcomer is refused, and comes again."""
SLICE_ROWS: Final = 200
DURABLE_S: Final = 10.0
MOST_ERRORS: Final = 100
RETRY_S: Final = 1
_NO_MESSAGES: Final = Flown(0, b"", b"", b"")


class Waiting:
    """Counts the readings that wait to be durable.

    Args:
        meters: counts readings and refusals.
    """

    def __init__(self, meters: Meters) -> None:
        self.readings = 0
        self.taken = meters.counter("submitted_readings", "Readings that came over HTTP.")
        self.refused = meters.counter("submitted_rows_refused", "Rows over HTTP that became no reading.")
        self.busy = meters.counter("submissions_refused", "Requests refused because too many readings wait.")
        meters.gauge("submitted_waiting", "Readings over HTTP that wait to be durable.", lambda: self.readings)


@dataclass(slots=True, eq=False)
class Durable:
    """A receipt that somebody waits for.

    Args:
        count: how many readings it is for.
        waiting: counts them until then.
    """

    count: int
    waiting: Waiting
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Count them."""
        self.waiting.readings += self.count

    def record(self) -> Flown:
        """Return that there are no messages to know again."""
        return _NO_MESSAGES

    def acknowledge(self) -> None:
        """Let whoever waits go on."""
        self.waiting.readings -= self.count
        self.done.set()


@dataclass(slots=True)
class _Outcome:
    """What became of the rows so far."""

    accepted: int = 0
    rejected: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[Durable] = field(default_factory=list)

    def refuse(self, number: int, why: Rejection) -> None:
        """Note that a row, or a reading of it, was refused."""
        self.rejected += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append({"row": number, "field": why.path or "row", "message": why.detail})


async def submit_readings(parts: Parts, query: SubmitQuery, request: Request) -> Response:
    """Take over readings and return once they are durable; rows that are wrong are named, the others count.

    Args:
        parts: the gateway's.
        query: of line protocol, the precision and the device where no tag names it.
        request: its body has the rows.

    Raises:
        RequestError: the body cannot be read, no row is right, too many readings wait, or it was not durable in time.
    """
    waiting = parts.waiting
    read = _notation(request, query, parts.deps.normaliser)
    body = await _plain(request, await read_body(request, MAX_BODY_BYTES))
    if waiting.readings >= MOST_WAITING:
        waiting.busy.n += 1
        message = f"{waiting.readings} readings wait to be durable; come again in {RETRY_S} s."
        raise Refused("too_busy", message, 503, {"Retry-After": str(RETRY_S)})
    try:
        outcome = await _taken(parts, read(body))
    except ValueError as error:
        raise BadRequest([FieldError(field="body", message=f"is not JSON: {error}")], code="bad_body") from error
    waiting.taken.n += outcome.accepted
    waiting.refused.n += outcome.rejected
    if not outcome.accepted:
        raise BadRequest(
            [FieldError(field=f"rows.{row['row']}.{row['field']}", message=row["message"]) for row in outcome.errors]
            or [FieldError(field="body", message="has no rows")],
            code="bad_body",
        )
    await _durable(outcome.receipts)
    return json_answer(
        {
            "accepted": outcome.accepted,
            "rejected": outcome.rejected,
            "durable": parts.deps.history is not None,
            "position": str(Position(parts.deps.log.epoch, parts.deps.log.seq)),
            "errors": outcome.errors,
        }
    )


async def _taken(parts: Parts, rows: Iterator[Row]) -> _Outcome:
    """Publish what can be published of some rows, slice by slice."""
    outcome, pace = _Outcome(), Pace(parts.deps.clock)
    while some := list(islice(rows, SLICE_ROWS)):
        batch = Batch(parts.deps.clock.now_us())
        for number, row in some:
            if number <= MAX_ROWS:
                _admit(parts, batch, number, row, outcome)
            else:
                outcome.refuse(number, Rejection("limit", f"is beyond row {MAX_ROWS}; send it with the next", "row"))
        if batch.readings:
            receipt = Durable(len(batch.readings), parts.waiting)
            outcome.receipts.append(receipt)
            parts.deps.submit(batch, receipt)
        await pace.rest()
    return outcome


def _admit(parts: Parts, batch: Batch, number: int, row: Any, outcome: _Outcome) -> None:  # noqa: ANN401 - a union
    """Put the reading of one row into a batch, or note why it is none."""
    history = parts.deps.history
    oldest_us = 0 if history is None else history.store.raw_from_us
    found = row if isinstance(row, Rejection) else admit(row, parts.deps.catalogue, batch.time_us, oldest_us=oldest_us)
    if isinstance(found, Rejection):
        outcome.refuse(number, found)
    else:
        batch.readings.append(found)
        outcome.accepted += 1


async def _durable(receipts: list[Durable]) -> None:
    """Wait until everything is durable, for a while."""
    try:
        async with asyncio.timeout(DURABLE_S):
            for receipt in receipts:
                await receipt.done.wait()
    except TimeoutError:
        message = (
            f"The readings were published, but are not durable after {DURABLE_S:g} s; send them again later: what is"
            " there already counts once, if it has a time."
        )
        raise Refused("not_durable", message, 503, {"Retry-After": "10"}) from None


def _notation(request: Request, query: SubmitQuery, normaliser: Normaliser) -> Callable[[bytes], Iterator[Row]]:
    """Return what reads the rows of a body."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    match kind:
        case "application/json":
            return json_rows
        case "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines":
            return json_line_rows
        case "text/plain" | "text/x-influx-line-protocol" | "application/vnd.influxdata.line-protocol":
            return partial(
                line_protocol_rows,
                device=query.device,
                precision=query.precision or "",
                name=partial(normaliser.hub_id, "influx"),
            )
        case _:
            message = (
                f"{kind[:80] or 'nothing'} cannot be read; send application/json, application/x-ndjson, or text/plain"
                " with InfluxDB line protocol."
            )
            raise RequestError("bad_type", message, status=415)


async def _plain(request: Request, body: bytes) -> bytes:
    """Return a body without its compression."""
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        return body
    if coding not in ("gzip", "x-gzip"):
        raise RequestError("bad_type", f"The encoding {coding[:40]!r} cannot be read; gzip can.", status=415)
    try:
        return await asyncio.to_thread(unzipped, body)
    except (OSError, EOFError, zlib.error) as error:
        message = f"is not gzip: {error}"
        raise BadRequest([FieldError(field="body", message=message)], code="bad_body") from error


def unzipped(body: bytes) -> bytes:
    """Return what a gzip body holds; all of its members.

    Args:
        body: the bytes.

    Raises:
        RequestError: it is longer than :data:`MAX_BODY_BYTES`; no more than that is unpacked.
        OSError, EOFError, zlib.error: it is no gzip, or cut off.
    """
    with gzip.open(io.BytesIO(body)) as file:
        found = file.read(MAX_BODY_BYTES + 1)
    if len(found) > MAX_BODY_BYTES:
        raise RequestError("too_large", f"The body may have {MAX_BODY_BYTES} bytes without gzip.", status=413)
    return found
