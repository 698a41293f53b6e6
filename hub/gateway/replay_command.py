"""The client's message ``replay``: what it may ask of time travel, validated."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.gateway.instants import END_US

SLOWEST, FASTEST = 0.5, 100.0

Instant = Annotated[float, Field(ge=0, le=(END_US - 1) // 1000, description="Milliseconds since 1970 UTC.")]


class ReplayCommand(BaseModel):
    """Shows the past to this connection: all its subscriptions, until ``live``.

    ``from`` begins, or begins another window; without it the fields change the replay that goes on.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    type: Literal["replay"]
    start: Instant | None = Field(default=None, alias="from", description="Begin at this moment.")
    to: Instant | None = Field(default=None, description="End here, else at the present. Only with `from`.")
    seek: Instant | None = Field(default=None, description="Go to another moment.")
    speed: float | None = Field(default=None, ge=SLOWEST, le=FASTEST, description="Seconds of then in one of now.")
    paused: bool | None = Field(default=None, description="Let time stand still, or go on.")
    live: Literal[True] | None = Field(default=None, description="Back to the present; alone.")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        """Refuse fields that contradict each other."""
        rest = (self.start, self.to, self.seek, self.speed, self.paused)
        if self.live and any(part is not None for part in rest):
            raise ValueError("live stands alone")
        if not self.live and all(part is None for part in rest):
            raise ValueError("one of from, seek, speed, paused and live is needed")
        if self.start is not None and self.seek is not None:
            raise ValueError("from and seek are the same thing: give one of them")
        if self.to is not None and self.start is None:
            raise ValueError("to needs from")
        if self.to is not None and self.start is not None and self.to <= self.start:
            raise ValueError("to must be later than from")
        return self
