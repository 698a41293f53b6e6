"""Answers about the past, as models; see :mod:`hub.gateway.answers`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations at run time
from typing import Literal

from pydantic import ConfigDict, Field

from hub.core.model import Datatype  # noqa: TC001 - likewise
from hub.gateway.answers import Answer, Scalar


class PastReading(Answer):
    """A reading of the past."""

    time: datetime
    value: Scalar
    quality: str


class GapRow(Answer):
    """A time in which readings are missing."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to", description="The end of the window, or now, if it goes on.")
    reason: str = Field(
        description=(
            "`hub_down`, `feed_lost` (the broker's link), `store_down`, `offline` (the device said so), `silent`, or"
            " `filtered` (a deadband left out what hardly differed)."
        )
    )


class Resolution(Answer):
    """What a window was made of."""

    width_ms: float = Field(description="Of a bucket; 0: every reading, or every change.")
    step_ms: float = Field(description="Of the kept buckets that it was made of; 0: of the readings themselves.")


class HistoryAnswer(Answer):
    """A window of one series, in columns of equal length."""

    position: str = Field(description="Up to here it is complete; live readings follow from it.")
    now: datetime
    device: str
    metric: str
    unit: str | None
    datatype: Datatype
    start: datetime = Field(description="As asked, widened to whole buckets.")
    end: datetime
    aggregate: Literal["minmax", "mean", "last", "raw", "states"] = Field(description="What was given in fact.")
    resolution: Resolution
    previous: PastReading | None = Field(description="The newest reading before the start.")
    gaps: list[GapRow]
    next: str | None = Field(description="`cursor` of the page after this one, of readings and changes; else null.")
    time: list[datetime] = Field(description="Start of the bucket, or time of the reading.")
    min: list[float] | None = None
    max: list[float] | None = None
    mean: list[float | None] | None = Field(default=None, description="Null where it is beyond every float.")
    last: list[float] | None = None
    count: list[int] | None = None
    value: list[Scalar] | None = Field(default=None, description="Of readings and changes.")
    quality: list[str] | None = Field(default=None, description="Likewise.")


class RowError(Answer):
    """A row that was refused, or a reading of it."""

    row: int = Field(description="Its number, from 1 on; of a text, the number of the line.")
    field: str
    message: str


class SubmitAnswer(Answer):
    """What became of readings that were handed over."""

    accepted: int = Field(description="Readings that were taken.")
    rejected: int = Field(description="Readings, or whole rows, that were not.")
    durable: bool = Field(description="True once they are stored; false where the hub keeps no history.")
    position: str = Field(description="The place in the log at which they are all included.")
    errors: list[RowError] = Field(description="The first 100 of what was refused.")
