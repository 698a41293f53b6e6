"""Admission: what a decoder says becomes readings, once values and times were checked.

References:
    Normalisation G12 (retained), G14 (plausible time), G15 (admissible values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.core.batch import StatusChange
from hub.core.model import Datatype, Mark, Rejection, same
from hub.normalise.names import label
from hub.normalise.naming import device_fault, metric_fault
from hub.normalise.times import AHEAD_US, CLOCK_AHEAD, EARLIEST_US, UNSET, absolute
from hub.normalise.values import MAX_TEXT_BYTES, datatype, fault, fit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from hub.core.batch import Batch
    from hub.core.catalogue import Catalogue
    from hub.core.model import Device, Series, Value
    from hub.normalise.decoders.protocol import About, Decoded, Message, Sample
    from hub.normalise.leads import Leads
    from hub.normalise.naming import Naming
    from hub.normalise.plan import Plan

RETAINED = "uncertain:retained"
"""Quality of stored state of unknown age (G12)."""

MAX_KNOWN = 200_000
"""Series that are found by their decoder's own names; all are forgotten when there are more, and found again."""
MAX_KNOWN_DEVICES = 20_000
"""Devices whose ids in the hub are kept by their decoder's own; all are forgotten when there are more."""
MAX_INFO = 64
"""Things that are kept about a device besides its name, place and model; further ones are left out."""
_HISTORICAL = Mark.HISTORICAL.value
_EXACT = 2**53
"""Numbers nearer to zero than this, and only they, are neither infinite nor too long nor rounded by anything."""
_SHORT = MAX_TEXT_BYTES // 4
"""Texts of so many characters are never too long in UTF-8."""
_SURE: dict[Datatype, tuple[type, ...]] = {
    Datatype.BOOLEAN: (bool,),
    Datatype.INTEGER: (int,),
    Datatype.FLOAT: (float, int),
    Datatype.STRING: (str,),
    Datatype.MIXED: (float, int, bool, str),
}
"""Types that a series takes without changing its own."""

_FULL = Rejection("limit", "New devices or series are refused because a limit is reached; see [limits].")
_OF_NAMES = ("limit", "name_too_long")
"""Reasons that many values of a message share."""


class Settled(NamedTuple):
    """A checked sample.

    Args:
        value: admissible.
        unit: of a number; texts and booleans have none (G6).
        time_us: the device's time where it is believed, else the receive time.
        quality: None for good.
        skew_us: device clock minus receive time, None if the device told no time.
    """

    value: Value
    unit: str | None
    time_us: int
    quality: str | None
    skew_us: int | None


def settle(sample: Sample, value: Value, received_us: int, zone: tzinfo | None) -> Settled | Rejection:
    """Return a sample with its value and time checked, or why its value is refused.

    Args:
        sample: as its decoder gave it.
        value: its value.
        received_us: when its message was received.
        zone: in which local times of its topic are, None if nobody knows.
    """
    rejection = fault(value)
    if rejection is not None:
        return Rejection(rejection.reason, rejection.detail, sample.metric)
    if type(value) is int:
        value = fit(value) or 0
    unit = sample.unit if type(value) in (int, float) else None
    moment_us = sample.time_us
    if moment_us is not None and moment_us < UNSET:
        moment_us = absolute(moment_us, zone, received_us)
    if moment_us is None or moment_us < EARLIEST_US:
        if sample.offset_us > AHEAD_US:
            return Settled(value, unit, received_us, CLOCK_AHEAD, None)
        return Settled(value, unit, received_us + sample.offset_us, None, None)
    skew_us = moment_us - received_us
    if skew_us > AHEAD_US:
        return Settled(value, unit, received_us, CLOCK_AHEAD, skew_us)
    return Settled(value, unit, moment_us, None, skew_us)


class Admission:
    """Turns what decoders say into readings and statuses of a batch, and teaches the plans.

    Args:
        catalogue: knows, or takes, the devices and series.
        naming: puts prefixes before device ids.
        leads: who tells a series.
    """

    def __init__(self, *, catalogue: Catalogue, naming: Naming, leads: Leads) -> None:
        self._catalogue = catalogue
        self._naming = naming
        self._leads = leads
        self._latest = _Latest()
        self._known: dict[tuple[str, str, str], Series] = {}
        self._ids: dict[tuple[str, str], str] = {}

    def begin(self, batch: Batch) -> None:
        """Start with another batch.

        Args:
            batch: takes what is admitted from now on.
        """
        self._latest = _Latest(batch)

    def admit(self, decoded: Decoded, message: Message, plan: Plan, batch: Batch) -> list[Rejection]:
        """Append what a message says to a batch; return what of it was refused.

        Args:
            decoded: what the message says.
            message: the message.
            plan: its topic's plan.
            batch: takes readings and statuses.
        """
        source = decoded.decoder or plan.claim.decoder
        rejections: list[Rejection] = []
        refused: dict[Rejection, None] = {}  # devices and series, each told once a message
        for said in decoded.statuses:
            device = self._device(said.decoder or source, said.device)
            if isinstance(device, Rejection):
                refused[device] = None
            else:
                batch.statuses.append(StatusChange(device, said.status, message.received_us, said.reason))
        for about in decoded.about:
            self._describe(source, about)
        for sample in decoded.samples if message.retained else self._known_ones(decoded, source, message, plan, batch):
            fault = self._sample(sample, source, message, plan, batch)
            if fault is None:
                continue
            if fault.reason in _OF_NAMES:
                refused[fault] = None
            else:
                rejections.append(fault)
        if plan.claim.planned:
            for skip in decoded.skipped:
                plan.learn_skip(*skip)
        return [*rejections, *refused]

    def _known_ones(
        self, decoded: Decoded, source: str, message: Message, plan: Plan, batch: Batch
    ) -> Iterator[Sample]:
        """Append the readings of values whose series is known, and yield each of the other samples in its turn.

        What it leaves out of :meth:`_sample` is what cannot be otherwise for them: it runs for each metric of a birth.
        Texts are those that can be shown: none of their characters is refused.
        """
        known, append, received_us = self._known, batch.readings.append, message.received_us
        latest_us, teaches = received_us + AHEAD_US, plan.claim.planned
        for sample in decoded.samples:
            device, metric, value, unit, time_us, historical, offset_us, path, kind = sample
            series = known.get((source, device, metric))
            if (
                series is None
                or (teaches and path is not None)
                or (found := type(value)) not in _SURE[series.datatype]
                or not (
                    ((unit is None or unit == series.unit) and -_EXACT < value < _EXACT)  # type: ignore[operator]  # a number
                    if found is not str
                    else (len(value) <= _SHORT and value.isprintable())  # type: ignore[arg-type,union-attr]  # a text
                )
                or (kind is not None and kind != series.kind)
                or series.removed
                or offset_us > AHEAD_US
                or (time_us is not None and (time_us > latest_us or time_us < UNSET))
            ):
                yield sample
                continue
            if series.origin is not plan:
                self._leads.add(series, plan)
            if time_us is None or time_us < EARLIEST_US:
                time_us = received_us + offset_us
            elif not historical:
                series.device.skew_us = time_us - received_us
            append((series.key, time_us, value, None, received_us, _HISTORICAL if historical else 0))  # type: ignore[arg-type]  # not None

    def _sample(self, sample: Sample, source: str, message: Message, plan: Plan, batch: Batch) -> Rejection | None:
        """Append the reading of one sample; return why it was refused, None if it was not."""
        if sample.value is None:
            _teach(plan, sample, message, None)
            return None
        settled = settle(sample, sample.value, message.received_us, plan.zone)
        if isinstance(settled, Rejection):
            return settled
        device = metric_fault(sample.metric) or self._device(source, sample.device)
        if isinstance(device, Rejection):
            return device
        found = datatype(settled.value)
        series = self._catalogue.series_of(device, sample.metric, unit=settled.unit, datatype=found, kind=sample.kind)
        if series is None:
            return _FULL
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[source, sample.device, sample.metric] = series
        if series.origin is not plan:
            self._leads.add(series, plan)
        _teach(plan, sample, message, series)
        quality, mark = settled.quality, Mark.HISTORICAL if sample.historical else Mark.LIVE
        if settled.skew_us is not None and not sample.historical:
            device.skew_us = settled.skew_us
        if message.retained:
            mark |= Mark.RETAINED
            if settled.skew_us is None:
                latest = self._latest.of(series)
                if latest is not None and same(latest, settled.value):
                    return None
                quality = RETAINED
                if latest is None:
                    mark |= Mark.UNRECORDED
        row = (series.key, settled.time_us, settled.value, quality, message.received_us, int(mark))
        batch.readings.append(row)
        return None

    def _device(self, source: str, device: str) -> Device | Rejection:
        """Return a device of the catalogue, introduced now if its id can be taken and there is room."""
        device_id = self._ids.get((source, device))
        if device_id is None:
            device_id = self._naming.hub_id(source, device)
            rejection = device_fault(device_id)
            if rejection is not None:
                return rejection
            if len(self._ids) >= MAX_KNOWN_DEVICES:
                self._ids.clear()
            self._ids[source, device] = device_id
        return self._catalogue.device(device_id, source) or _FULL

    def _describe(self, source: str, about: About) -> None:
        """Remember what became known about a device; it is announced if it is new."""
        device = self._device(source, about.device)
        if isinstance(device, Rejection):
            return
        known = (device.name, device.place, device.model, dict(device.info))
        device.name = label(about.name) or device.name
        device.place = label(about.place) or device.place
        device.model = label(about.model) or device.model
        for key, told in about.info:
            name, text = label(key), label(told)
            if name and text and (name in device.info or len(device.info) < MAX_INFO):
                device.info[name] = text
        if known != (device.name, device.place, device.model, device.info):
            self._catalogue.changed(device)


class _Latest:
    """The newest value of a series, readings of the batch at hand included; it is only needed for retained messages."""

    def __init__(self, batch: Batch | None = None) -> None:
        self._readings = [] if batch is None else batch.readings
        self._seen = 0
        self._values: dict[int, Value] = {}

    def of(self, series: Series) -> Value | None:
        """Return a series' newest value, None if it has none."""
        for row in self._readings[self._seen :]:
            self._values[row[0]] = row[2]
        self._seen = len(self._readings)
        return self._values.get(series.key, series.value if series.time_us >= 0 else None)


def _teach(plan: Plan, sample: Sample, message: Message, series: Series | None) -> None:
    """Let a plan learn where a sample came from, if keys alone lead there."""
    if sample.path is None or sample.historical or not plan.claim.planned:
        return
    part = sample.metric.rpartition(".")[2]
    if sample.path:
        plan.learn(sample.path, part, series)
    elif not message.content_type:
        plan.learn_scalar(message.payload, part, sample.value, series)
