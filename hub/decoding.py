"""Decoding on trial: what a payload would become, as lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.adapting import normalise_options
from hub.core.catalogue import Catalogue
from hub.core.clock import SystemClock
from hub.core.meters import Meters
from hub.normalise.normaliser import Normaliser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.config import Settings


def explain(settings: Settings, topic: str, payload: bytes, *, retain: bool) -> Iterator[str]:
    """Yield what a message becomes, one line a reading, and by which rule.

    Args:
        settings: validated.
        topic: the MQTT topic.
        payload: the message's bytes.
        retain: True for a retained message.
    """
    clock, meters = SystemClock(), Meters()
    catalogue = Catalogue(clock=clock, meters=meters)
    normaliser = Normaliser(catalogue=catalogue, clock=clock, meters=meters, options=normalise_options(settings))
    trial = normaliser.decode(topic, payload, retain=retain)
    yield f"decoder  {trial.decoder}"
    yield f"rule     {trial.rule}"
    for reading in trial.readings:
        unit = f" {reading.unit}" if reading.unit else ""
        yield f"reading  {reading.device} · {reading.metric} = {reading.value!r}{unit}"
    for status in trial.statuses:
        yield f"status   {status.device} is {status.status}"
    for rejection in trial.rejections:
        where = f" at {rejection.path}" if rejection.path else ""
        yield f"refused  {rejection.reason}{where}: {rejection.detail}"
    if trial.undecoded is not None:
        yield f"refused  {trial.undecoded.reason}: {trial.undecoded.detail}"
    elif not (trial.readings or trial.statuses or trial.rejections):
        yield "nothing  the rule reads nothing from this message"
