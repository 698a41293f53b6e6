"""The normaliser: a batch of raw messages becomes readings and statuses.

Most messages take the planned way (:mod:`hub.normalise.planned`): their topic's plan leads from keys to series. The
others take the general way: claim, content, flatten, admission; it teaches the plan. Both give the same.

Nothing a device sends raises through here: what cannot be read goes to quarantine, and the next message counts.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.core.raw import RETAIN
from hub.normalise import packed
from hub.normalise.admission import RETAINED, Admission, settle
from hub.normalise.decoders.protocol import Decoded, Message, Topic
from hub.normalise.ghosts import Ghosts
from hub.normalise.leads import Leads
from hub.normalise.naming import device_fault, metric_fault
from hub.normalise.options import NormaliseOptions
from hub.normalise.plan import HELD_PAYLOAD_BYTES, KEPT_PAYLOAD_BYTES, MAX_PLANNED_BYTES
from hub.normalise.planned import is_planned_type, read
from hub.normalise.quarantine import Quarantine
from hub.normalise.router import Router, topic_name
from hub.normalise.trial import Trial, TrialReading, TrialStatus
from hub.normalise.values import datatype

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.batch import Batch
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.meters import Meters
    from hub.core.model import Series
    from hub.core.raw import RawBatch, RawMessage, Request
    from hub.normalise.decoders.protocol import Claim, Decoder, Format
    from hub.normalise.plan import Plan

_LOGGER = logging.getLogger(__name__)
MAX_REQUESTS = 1000
"""Most requests to devices that wait to be published."""
RENEWABLE_US = 600_000_000
"""A payload older than ten minutes is not decoded again: what it said is history, and its description came too late."""
_FAULT = Rejection(
    "decoder_fault", "The decoder failed on this message; that is a fault of the decoder, not of the device."
)


class Normaliser:
    """Decodes messages, one batch at a time.

    Args:
        catalogue: knows the devices and series; new ones are introduced to it.
        clock: dates trials.
        meters: counts what happens.
        options: what people may set.
        decoders: instead of the built-in decoders and those of installed packages, for tests.

    Raises:
        SettingsError: the options name a decoder that does not exist, or a source rule cannot be used.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        clock: Clock,
        meters: Meters,
        options: NormaliseOptions | None = None,
        decoders: list[Decoder | Format] | None = None,
    ) -> None:
        options = options or NormaliseOptions()
        self._clock = clock
        self._router = Router(options=options, meters=meters, decoders=decoders)
        self._leads = Leads()
        self._admission = Admission(catalogue=catalogue, naming=self._router.naming, leads=self._leads)
        self._ghosts = Ghosts(catalogue=catalogue, naming=self._router.naming, leads=self._leads, meters=meters)
        self._failed: set[str] = set()
        self._general = meters.counter("messages_decoded_generally", "Messages that their topic's plan could not read.")
        self._unasked = meters.counter("device_requests_dropped", "Requests to devices for which there was no room.")
        self.requests: deque[Request] = deque()
        """What is to be published because of messages, such as Sparkplug's rebirths; whoever publishes empties it."""
        self.quarantine = Quarantine(meters=meters, topics=options.quarantine_topics)

    def normalise(self, raw: RawBatch, batch: Batch) -> None:
        """Append the readings and statuses of all messages to a batch. It neither waits nor raises.

        Args:
            raw: the messages, with their receive times.
            batch: takes what they say.
        """
        plans, redelivered = self._router.plans, raw.redelivered
        readings = batch.readings
        append = readings.append
        self._admission.begin(batch)
        received_us = moment_us = raw.received_us
        for message in raw.messages:
            topic, payload, flags, _, content_type, _ = message
            if redelivered is not None:
                moment_us = redelivered.get(received_us - raw.received_us, received_us)
            else:
                moment_us = received_us
            received_us += 1
            plan = plans.get(topic)
            if (
                plan is None
                or not plan.planned
                or flags & RETAIN
                or len(payload) > MAX_PLANNED_BYTES
                or (content_type and not is_planned_type(content_type, payload))
            ):
                self._generally(message, moment_us, batch)
                continue
            before = len(readings)
            try:
                read(plan, payload, moment_us, append)
            except (KeyError, ValueError):
                del readings[before:]
                self._generally(message, moment_us, batch)

    def _generally(self, raw: RawMessage, received_us: int, batch: Batch) -> None:
        """Take one message the general way, if it is no packed one that its topic's plan knows."""
        known = self._router.plans.get(raw.topic)
        if known is not None and packed.read(known, raw, received_us, batch.readings):
            return
        self._general.n += 1
        if raw.skipped_bytes:
            detail = f"A payload of {raw.skipped_bytes} bytes; see mqtt.max_payload_bytes."
            rejection = Rejection("too_large", detail)
            self.quarantine.note(raw.topic, b"", rejection, received_us, size_bytes=raw.skipped_bytes)
            return
        plan = known or self._router.plan(raw.topic)
        if isinstance(plan, Rejection):
            self.quarantine.note(raw.topic, raw.payload, plan, received_us)
            return
        plan.payload = raw.payload[:HELD_PAYLOAD_BYTES]
        plan.heard_us, plan.manner = received_us, (bool(raw.flags & RETAIN), raw.content_type)
        message = Message(plan.subject, raw.payload, raw.content_type, plan.manner[0], received_us)
        self._decode(message, plan, raw.topic, batch)

    def _decode(self, message: Message, plan: Plan, topic: bytes, batch: Batch) -> Decoded | None:
        """Decode and admit one message of a known topic; return what it says, None if the decoder failed."""
        readings, statuses = len(batch.readings), len(batch.statuses)
        try:
            decoded = plan.claim.read(message)
            if decoded.decoder or decoded.rule:
                plan.decoder, plan.rule = decoded.decoder or plan.claim.decoder, decoded.rule or plan.claim.rule
            rejections = [*decoded.rejections, *self._admission.admit(decoded, message, plan, batch)]
        except Exception:  # the border of one message (architecture, rule 7)
            if plan.decoder not in self._failed:
                self._failed.add(plan.decoder)
                _LOGGER.exception("The decoder %s failed on a message of %s; said once.", plan.decoder, plan.topic)
            del batch.readings[readings:], batch.statuses[statuses:]
            self._admission.begin(batch)
            self.quarantine.note(topic, message.payload, _FAULT, message.received_us)
            return None
        if decoded.undecoded is not None:
            rejections.insert(0, decoded.undecoded)
        for rejection in rejections:
            self.quarantine.note(topic, message.payload, rejection, message.received_us)
        for request in decoded.requests:
            if len(self.requests) < MAX_REQUESTS:
                self.requests.append(request)
            else:
                self._unasked.n += 1
        for name in decoded.reclaimed:
            self._router.plans.pop(name.encode("utf-8", "replace"), None)
        for name in decoded.renewed:
            self._renew(name.encode("utf-8", "replace"), batch)
        return decoded

    def _renew(self, topic: bytes, batch: Batch) -> None:
        """Claim a topic anew, after something explained it, and decode its last message again if it was kept whole."""
        old = self._router.plans.pop(topic, None)
        if old is None or not old.payload or len(old.payload) > KEPT_PAYLOAD_BYTES:
            return
        if batch.time_us - old.heard_us > RENEWABLE_US:
            return
        plan = self._router.plan(topic)
        if isinstance(plan, Rejection):
            return
        plan.payload, plan.heard_us, plan.manner = old.payload, old.heard_us, old.manner
        retained, content_type = old.manner
        after = self._decode(
            Message(plan.subject, old.payload, content_type, retained, old.heard_us), plan, topic, batch
        )
        if after is not None:
            before = _reread(old)
            if before is not None:
                self._ghosts.compare(old, before, plan, after)

    def hub_id(self, decoder: str, device: str) -> str:
        """Return a device's id in the hub.

        Args:
            decoder: who speaks of it.
            device: its id in the ecosystem.
        """
        return self._router.naming.hub_id(decoder, device)

    def decode(self, topic: str, payload: bytes, *, retain: bool = False, content_type: str = "") -> Trial:
        """Return what a message would become against the running configuration; nothing is kept.

        Args:
            topic: as it would be published to.
            payload: its bytes.
            retain: True if it would come with the retain flag.
            content_type: MQTT 5's property, empty without one.
        """
        name = topic_name(topic.encode("utf-8", "surrogatepass"))
        if isinstance(name, Rejection):
            return Trial("", "", undecoded=name)
        received_us = self._clock.now_us()
        message = Message(Topic(name), payload, content_type, retain, received_us, trial=True)
        try:
            claim = self._router.claim(message.topic)
            return self._tried(claim.read(message), claim, message)
        except Exception:  # the border of one message
            _LOGGER.exception("A decoder failed on a trial of %s.", topic)
            return Trial("", "", undecoded=_FAULT)

    def _tried(self, decoded: Decoded, claim: Claim, message: Message) -> Trial:
        """Return a trial's outcome."""
        source = decoded.decoder or claim.decoder
        naming, zone = self._router.naming, self._router.zones.of(message.topic.name)
        readings: list[TrialReading] = []
        rejections = list(decoded.rejections)
        for sample in decoded.samples:
            if sample.value is None:
                continue
            settled = settle(sample, sample.value, message.received_us, zone)
            device = naming.hub_id(source, sample.device)
            fault = metric_fault(sample.metric) or device_fault(device)
            if isinstance(settled, Rejection):
                rejections.append(settled)
                continue
            if fault is not None:
                rejections.append(fault)
                continue
            readings.append(
                TrialReading(
                    device,
                    sample.metric,
                    settled.value,
                    settled.unit,
                    datatype(settled.value),
                    settled.time_us,
                    device_time=settled.skew_us is not None,
                    quality=RETAINED if message.retained and settled.skew_us is None else settled.quality,
                    historical=sample.historical,
                ),
            )
        statuses = tuple(
            TrialStatus(naming.hub_id(said.decoder or source, said.device), said.status, said.reason)
            for said in decoded.statuses
        )
        return Trial(
            source, decoded.rule or claim.rule, tuple(readings), statuses, tuple(rejections), decoded.undecoded
        )

    def mistaken(self) -> Batch | None:
        """Return the removal of what topics were taken for before they were explained, None if nothing was."""
        return self._ghosts.take(self._clock.now_us())

    def forget(self, gone: Iterable[Series]) -> None:
        """Forget the plans that lead to series which leave the catalogue; they are learnt again.

        Args:
            gone: the series, still with their origins.
        """
        topics = self._leads.forget(gone)
        if topics is None:
            self._router.plans.clear()
        else:
            for name in topics:
                self._router.plans.pop(name.encode(), None)


def _reread(plan: Plan) -> Decoded | None:
    """Return what the last message of a topic says by its plan, without any consequence; None if the decoder fails."""
    retained, content_type = plan.manner
    try:
        return plan.claim.read(Message(plan.subject, plan.payload, content_type, retained, plan.heard_us, trial=True))
    except Exception:  # noqa: BLE001 - the border of one message; it was told when the message came
        return None
