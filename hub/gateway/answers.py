"""Answers: what the HTTP API gives, as models; OpenAPI is generated from them and tests hold every answer to them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations at run time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hub.core.model import Datatype, Status  # noqa: TC001 - likewise

Scalar = bool | int | float | str


class Answer(BaseModel):
    """The rules of all answers: nothing in them that is not described here."""

    model_config = ConfigDict(extra="forbid")


class Page(Answer):
    """One page of a list."""

    now: datetime = Field(description="The hub's clock.")
    next: str | None = Field(description="`cursor` of the page after this one; null on the last.")


class DeviceRow(Answer):
    """A device."""

    device: str = Field(description="Its id.")
    source: str = Field(description="The decoder that speaks its language.")
    name: str | None
    place: str | None = Field(description="A friendly place, else its id without the last level.")
    model: str | None
    status: Status
    status_since: datetime | None
    status_reason: str = Field(
        description="Why, in a word: `will`, `availability`, `bridge`, `data`, `silent`, `restart`, …"
    )
    last_seen: datetime | None = Field(description="When it was last heard live; null if only stored values are known.")
    clock_skew_s: float | None = Field(
        description="Its clock minus the hub's by its newest reading with a time of its own; positive if it is ahead."
    )
    info: dict[str, str] = Field(description="Manufacturer, model, firmware, location and whatever else is known.")
    metrics: int = Field(description="How many series it has.")


class DevicesAnswer(Page):
    """Devices in the order of their ids."""

    devices: list[DeviceRow]


class LatestReading(Answer):
    """The latest reading of a series, by measured time."""

    value: Scalar
    time: datetime = Field(description="When it was measured.")
    received: datetime = Field(description="When the hub received it.")
    quality: str = Field(
        description="`good`, `uncertain`, `bad` or `stale`, with a reason after a colon where there is one.",
        examples=["good", "stale", "uncertain:retained"],
    )


class SeriesRow(Answer):
    """A series with its latest reading."""

    device: str
    metric: str
    unit: str | None
    datatype: Datatype
    kind: str | None = Field(description="Home Assistant's device class, where known.")
    name: str | None
    cadence_s: float | None = Field(description="Its usual interval, once it is known to be regular.")
    latest: LatestReading | None = Field(description="Null while there is none.")


class SeriesAnswer(Page):
    """Series in the order of their devices' ids, then of their metrics."""

    series: list[SeriesRow]


class DeviceAnswer(Answer):
    """One device with its series."""

    position: str = Field(description="The place in the log up to which this is complete.", examples=["k3f9:812"])
    now: datetime = Field(description="The hub's clock.")
    device: DeviceRow
    series: list[SeriesRow]


class LatestRow(LatestReading):
    """A latest reading with its series."""

    device: str
    metric: str
    unit: str | None
    datatype: Datatype


class LatestAnswer(Page):
    """Latest readings in the order of their devices' ids, then of their metrics."""

    position: str = Field(
        description="Subscribe `since` the first page's position and nothing is missed between.", examples=["k3f9:812"]
    )
    readings: list[LatestRow]


class Payload(Answer):
    """The start of a payload."""

    text: str | None = Field(description="As text, where it is UTF-8.")
    base64: str | None = Field(description="As bytes, where it is not.")
    bytes: int = Field(description="How many bytes of it are shown.")


class ExplainAnswer(Answer):
    """Where a series comes from."""

    position: str = Field(description="The place in the log up to which this is complete.", examples=["k3f9:812"])
    device: str
    metric: str
    unit: str | None
    datatype: Datatype
    source: str
    topic: str | None = Field(description="The topic of the newest message; null if it was restored from history.")
    decoder: str | None
    rule: str | None = Field(description="The rule that was applied, with the number of its section.")
    last_payload: Payload | None
    cadence_s: float | None = Field(description="The learnt interval, once it is known to be regular.")
    stale_after_s: float | None = Field(description="Silence after which it is stale; null if that is not known.")
    last_heard: datetime | None = Field(description="When the newest live reading was received.")
    clock_skew_s: float | None = Field(description="The device's clock minus the hub's; positive if it is ahead.")
    latest: LatestReading | None


class QuarantineSample(Answer):
    """One message that could not be read, or not in full."""

    time: datetime | None = Field(description="When it was received.")
    reason: str
    detail: str
    path: str = Field(description="The metric or key that was rejected; empty for the whole message.")
    payload: Payload
    size_bytes: int = Field(description="Size of the whole payload.")


class QuarantineRow(Answer):
    """A topic with messages that could not be read, or not in full."""

    topic: str
    reason: str = Field(description="Of the newest rejection, a word.")
    detail: str = Field(description="Of the newest rejection, a sentence.")
    count: int = Field(description="Rejections since the topic came in.")
    first: datetime | None
    last: datetime | None
    samples: list[QuarantineSample] = Field(description="The newest messages, newest first.")


class QuarantineAnswer(Page):
    """What could not be read and why, most recent topic first."""

    total: int = Field(description="Rejections since the start.")
    reasons: dict[str, int] = Field(description="How many of them by reason.")
    topics: list[QuarantineRow]


class TrialReadingRow(Answer):
    """A reading that a message would become."""

    device: str
    metric: str
    value: Scalar
    unit: str | None
    datatype: Datatype
    time: datetime | None
    device_time: bool = Field(description="Whether the device told the time; else it is the time of receipt.")
    quality: str
    historical: bool = Field(description="Whether it is a stored sample, which never replaces the latest value.")


class TrialStatusRow(Answer):
    """A status that a message would give a device."""

    device: str
    status: Status
    reason: str


class RejectionRow(Answer):
    """Why a message, or a part of it, would become no reading."""

    reason: str
    detail: str
    path: str = Field(description="The metric or key it is about; empty for the whole message.")


class DecodeAnswer(Answer):
    """What a message would become; nothing of it is stored."""

    decoder: str = Field(description="Who reads it; empty if nobody does.")
    rule: str = Field(description="By which rule, with the number of its section.")
    readings: list[TrialReadingRow]
    statuses: list[TrialStatusRow]
    rejections: list[RejectionRow] = Field(description="Parts that could not be read.")
    undecoded: RejectionRow | None = Field(description="Why nothing could be read; null if it could.")


class FeedRow(Answer):
    """A link of the hub."""

    source: str
    up: bool
    since: datetime | None
    reason: str = Field(description="Why it is down; empty while it is up.")
    tries: int = Field(description="Attempts to get it back since it went down.")
    address: str = Field(description="The other end, without secrets.")


class CounterRow(Answer):
    """Something the hub counts."""

    name: str
    label: str = Field(description="The label's name; empty without one.")
    value: str = Field(description="The label's value, such as the reason of a drop.")
    total: int
    per_s: float | None = Field(description="Mean of the last 10 s; null in the first seconds.")


class Quantiles(Answer):
    """A duration's distribution over its last samples."""

    count: int = Field(description="Samples since the start.")
    p50_ms: float | None
    p99_ms: float | None


class ClientsRow(Answer):
    """Who is connected."""

    live: int = Field(description="Live connections, WebSocket and events stream together.")
    events: int = Field(description="Those of them on the events stream.")
    lagging: int = Field(description="Those of them that are behind right now.")


class LogRow(Answer):
    """The log of readings."""

    position: str
    first_seq: int = Field(description="Number of the oldest batch it holds.")


class HistoryRow(Answer):
    """How history is; whether it can be written says the feed `store`."""

    address: str = Field(description="The store, without secrets.")
    pending: int = Field(description="Readings that wait for their commit.")
    unsettled: int = Field(description="Committed readings that are not settled yet; they are kept in memory too.")
    commits: int = Field(description="Since the start.")
    last_commit_ms: float | None = Field(description="What the last one took; null before the first.")
    size_bytes: int | None = Field(description="On disk; null while the store cannot tell it soon.")
    oldest: datetime | None = Field(description="Readings before this are not kept any more; null: none was deleted.")


class StatusAnswer(Answer):
    """How the hub is."""

    version: str
    build: str
    now: datetime
    uptime_s: float
    ready: bool
    waiting_for: str | None = Field(description="What it still waits for; null once it is ready.")
    auth: Literal["open", "required"]
    feeds: list[FeedRow]
    log: LogRow
    devices: int
    series: int
    history: HistoryRow | None = Field(description="Null where none is kept.")
    clients: ClientsRow
    latency: Quantiles = Field(description="From a message's receipt to the frame that shows it.")
    latencies: dict[str, Quantiles]
    gauges: dict[str, float] = Field(description="Queue depths and other levels.")
    drops: list[CounterRow] = Field(description="What was lost or refused, by reason; empty if nothing was.")
    counters: list[CounterRow]


class HealthAnswer(Answer):
    """A sign of life."""

    status: Literal["ok"]


class ReadyAnswer(Answer):
    """The hub can be shown to people."""

    status: Literal["ready"]


class SessionAnswer(Answer):
    """Who is signed in."""

    user: str
    role: str
