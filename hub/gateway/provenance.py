"""Provenance over HTTP: where a series comes from, what could not be read and why, what a message would become."""

from __future__ import annotations

import base64
import binascii
from itertools import islice
from typing import TYPE_CHECKING, Any

from hub.core.batch import Position
from hub.core.errors import RequestError
from hub.gateway import cursor
from hub.gateway.catalogue import find_device
from hub.gateway.endpoint import joined, json_answer, read_body
from hub.gateway.instants import instant
from hub.gateway.pace import Pace
from hub.gateway.problems import BadRequest, FieldError
from hub.gateway.queries import DecodeBody, parse_body
from hub.gateway.rows import reading_row, seconds
from hub.gateway.spelling import spelled

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from hub.core.model import Rejection, Series
    from hub.gateway.parts import Parts
    from hub.gateway.queries import ExplainQuery, QuarantineQuery, Query
    from hub.normalise.quarantine import Inmate, Kept
    from hub.normalise.trial import TrialReading

MAX_PAYLOAD_BYTES = 1_048_576
"""As ``mqtt.max_payload_bytes`` by default."""
MAX_DECODE_BODY_BYTES = MAX_PAYLOAD_BYTES * 6 + 262_144
"""A payload whose every byte is escaped (``\\u0000``), a topic likewise, and the field names."""
_CLOSE = 10


async def explain(parts: Parts, query: ExplainQuery, request: Request) -> Response:
    """Return where a series comes from.

    Args:
        parts: the gateway's.
        query: which.
        request: the request.

    Raises:
        RequestError: if there is no such device or metric; names close ones.
    """
    del request
    series = _find_series(parts, query)
    origin, device = series.origin, series.device
    return json_answer(
        {
            "position": str(Position(parts.deps.log.epoch, parts.deps.log.seq)),
            "device": device.id,
            "metric": series.metric,
            "unit": series.unit,
            "datatype": series.datatype,
            "source": device.source,
            "topic": origin.topic if origin else None,
            "decoder": origin.decoder if origin else None,
            "rule": origin.rule if origin else None,
            "last_payload": _payload(origin.last_payload) if origin else None,
            "cadence_s": seconds(series.cadence_us),
            "stale_after_s": seconds(series.expiry_us),
            "last_heard": instant(series.heard_us),
            "clock_skew_s": seconds(device.skew_us),
            "latest": reading_row(series),
        }
    )


def _find_series(parts: Parts, query: ExplainQuery) -> Series:
    """Return the series of a device and metric."""
    device = find_device(parts.deps.catalogue, query.device)
    series = device.series.get(query.metric)
    if series is not None:
        return series
    some = ", ".join(sorted(islice(device.series, _CLOSE)))
    more = len(device.series) - _CLOSE
    hint = f"It has {some}{f' and {more} more' if more > 0 else ''}." if some else "It has none yet."
    message = f"The device has no metric {query.metric[:200]!r}. {hint}"
    raise RequestError("unknown_metric", message, field="metric", status=404)


async def list_quarantine(parts: Parts, query: QuarantineQuery, request: Request) -> Response:
    """Return the topics whose messages could not be read, most recent first.

    Args:
        parts: the gateway's.
        query: which.
        request: the request.
    """
    del request
    quarantine = parts.deps.normaliser.quarantine
    topics = quarantine.recent(limit=len(quarantine))
    if query.reason:
        topics = [inmate for inmate in topics if any(kept.reason == query.reason for kept in inmate.samples)]
    if query.cursor is not None:
        topics = topics[_place_after(topics, query.cursor) :]
    pace = Pace(parts.deps.clock)
    rows = []
    for inmate in topics[: query.limit]:
        rows.append(_inmate(inmate))
        await pace.rest()
    following = None
    if len(topics) > query.limit:
        last = topics[query.limit - 1]
        following = cursor.encode(str(last.last_us), last.topic)
    head = {
        "now": instant(parts.deps.clock.now_us()),
        "next": following,
        "total": quarantine.total,
        "reasons": quarantine.reasons(),
    }
    return joined(await spelled(head, "topics", rows, pace))


def _place_after(topics: list[Inmate], text: str) -> int:
    """Return where the page after a cursor begins; a topic rejected again meanwhile has moved before it."""
    found = cursor.decode(text, 2)
    if found is None or not found[0].isdecimal():
        raise RequestError("bad_parameter", "is not one this endpoint has given", field="cursor")
    since_us = int(found[0][:20])
    for place, inmate in enumerate(topics):
        if inmate.last_us < since_us:
            return place
        if (inmate.last_us, inmate.topic) == (since_us, found[1]):
            return place + 1
    return len(topics)


async def decode(parts: Parts, query: Query, request: Request) -> Response:
    """Return what a message would become; nothing of it is stored.

    Args:
        parts: the gateway's.
        query: nothing.
        request: its body has the message.

    Raises:
        RequestError: if the body is wrong or too large.
    """
    del query
    body = parse_body(DecodeBody, await read_body(request, MAX_DECODE_BODY_BYTES))
    payload = _decoded(body)
    trial = parts.deps.normaliser.decode(body.topic, payload, retain=body.retain, content_type=body.content_type)
    pace = Pace(parts.deps.clock)
    head = {
        "decoder": trial.decoder,
        "rule": trial.rule,
        "statuses": [{"device": said.device, "status": said.status, "reason": said.reason} for said in trial.statuses],
        "rejections": [_rejection(rejection) for rejection in trial.rejections],
        "undecoded": _rejection(trial.undecoded) if trial.undecoded else None,
    }
    return joined(await spelled(head, "readings", [_trial_reading(reading) for reading in trial.readings], pace))


def _decoded(body: DecodeBody) -> bytes:
    """Return the payload of a message to try."""
    if (body.payload is None) == (body.payload_base64 is None):
        message = "give either payload or payload_base64"
        raise BadRequest([FieldError(field="payload", message=message)], code="bad_body")
    if body.payload is not None:
        payload = body.payload.encode()
    else:
        try:
            payload = base64.b64decode(body.payload_base64 or "", validate=True)
        except (binascii.Error, ValueError) as error:
            message = f"is not base64: {error}"
            raise BadRequest([FieldError(field="payload_base64", message=message)], code="bad_body") from error
    if len(payload) > MAX_PAYLOAD_BYTES:
        message = f"The payload has {len(payload)} bytes; {MAX_PAYLOAD_BYTES} are possible."
        raise RequestError("too_large", message, field="payload", status=413)
    return payload


def _trial_reading(reading: TrialReading) -> dict[str, Any]:
    """Return a reading on trial as :class:`hub.gateway.answers.TrialReadingRow` has it."""
    return {
        "device": reading.device,
        "metric": reading.metric,
        "value": reading.value,
        "unit": reading.unit,
        "datatype": reading.datatype,
        "time": instant(reading.time_us),
        "device_time": reading.device_time,
        "quality": reading.quality or "good",
        "historical": reading.historical,
    }


def _rejection(rejection: Rejection) -> dict[str, str]:
    """Return why something could not be read."""
    return {"reason": rejection.reason, "detail": rejection.detail, "path": rejection.path}


def _inmate(inmate: Inmate) -> dict[str, Any]:
    """Return a topic in quarantine as :class:`hub.gateway.answers.QuarantineRow` has it."""
    return {
        "topic": inmate.topic,
        "reason": inmate.reason,
        "detail": inmate.detail,
        "count": inmate.count,
        "first": instant(inmate.first_us),
        "last": instant(inmate.last_us),
        "samples": [_kept(kept) for kept in reversed(inmate.samples)],
    }


def _kept(kept: Kept) -> dict[str, Any]:
    """Return a payload in quarantine."""
    text = kept.text
    return {
        "time": instant(kept.received_us),
        "reason": kept.reason,
        "detail": kept.detail,
        "path": kept.path,
        "payload": {"text": text, "base64": kept.base64 if text is None else None, "bytes": len(kept.payload)},
        "size_bytes": kept.size_bytes,
    }


def _payload(start: bytes) -> dict[str, Any]:
    """Return the start of a payload as :class:`hub.gateway.answers.Payload` has it."""
    text: str | None
    try:
        text = start.decode()
    except UnicodeDecodeError as error:
        cut = len(start) - 4 < error.start and error.reason == "unexpected end of data"
        text = start[: error.start].decode() if cut else None
    return {
        "text": text,
        "base64": None if text is not None else base64.b64encode(start).decode(),
        "bytes": len(start),
    }
