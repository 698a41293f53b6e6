"""The router: which decoder reads a topic. Asked once for each topic; the plan it makes is kept.

The order: the hub's own topics (ignored), filters that force a decoder, source rules, the built-in decoders, other
people's, and the generic rules for all that is left. What the last three find may be explained by a decoder that
knows more of the topic, such as that of Home Assistant's discovery.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from hub.core.errors import Mistake, SettingsError
from hub.core.model import Rejection
from hub.core.select import filter_fault
from hub.normalise.decoders.builtin import BASED, builtin
from hub.normalise.decoders.generic import JSON, PLAIN, Generic
from hub.normalise.decoders.protocol import (
    Assigned,
    Claim,
    Decoder,
    Explainer,
    Format,
    Remembering,
    Topic,
    installed,
    nothing,
)
from hub.normalise.described import DESCRIBED
from hub.normalise.naming import MAX_LEVELS, Naming
from hub.normalise.plan import Plan
from hub.normalise.sources import Source
from hub.normalise.topic_rules import TopicRules
from hub.normalise.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.core.meters import Meters
    from hub.normalise.decoders.protocol import AnyDecoder
    from hub.normalise.options import NormaliseOptions

_LOGGER = logging.getLogger(__name__)

OWN_PREFIX = "telemetry-hub/"
"""The hub's own will and birth lie here."""
MAX_TOPIC_BYTES = 65_535
"""MQTT 3.1.1 §1.5.3."""
MAX_KEPT_TOPIC_BYTES = 2048
"""A longer topic is read without a plan: no device has such a long id, and 200,000 of them would be kept."""

_OWN = Claim("hub", "the hub's own topics tell nothing", nothing)


class Router:
    """Finds and keeps the plans of topics.

    Args:
        options: what is switched off, forced and explained.
        meters: counts how often the plans were forgotten.
        decoders: all decoders and formats; None for the built-in ones and those of installed packages.

    Raises:
        SettingsError: an option names a decoder that does not exist, or a source rule cannot be used.
    """

    def __init__(
        self,
        *,
        options: NormaliseOptions,
        meters: Meters,
        decoders: Sequence[AnyDecoder] | None = None,
    ) -> None:
        _check_bases(options)
        known = [*builtin(options.bases), *installed()] if decoders is None else decoders
        names = {JSON, PLAIN, *(decoder.name for decoder in known)}
        _check(options, names)
        enabled = [decoder for decoder in known if decoder.name not in options.off]
        self._decoders = {decoder.name: decoder for decoder in enabled if isinstance(decoder, Decoder)}
        self._explainers = {decoder.name: decoder for decoder in enabled if isinstance(decoder, Explainer)}
        self._assigned = {decoder.name: decoder for decoder in enabled if isinstance(decoder, Assigned)}
        for decoder in enabled:
            if isinstance(decoder, Remembering):
                told = f"Devices, entries, births and the like that the decoder {decoder.name} remembers."
                meters.gauge(f"decoder_kept_{decoder.name}", told, partial(getattr, decoder, "kept"))
        formats = [decoder for decoder in enabled if isinstance(decoder, Format)]
        self._generic = Generic(off=options.off, formats=formats)
        self._forced = TopicRules(options.forced)
        self._sources = [Source(rule, place=place) for place, rule in enumerate(options.sources)]
        self.zones = Zones(options.zone, options.zones)
        self._failed = False
        self._limit = max(1, options.topic_cache)
        self._cleared = meters.counter(
            "topic_plans_cleared", "Times that all topic plans were forgotten for want of room."
        )
        meters.gauge("topic_plans", "Topics whose plan is kept.", lambda: len(self.plans))
        self.plans: dict[bytes, Plan] = {}
        self.naming = Naming((decoder.name for decoder in enabled), options.prefixes)

    def plan(self, topic: bytes) -> Plan | Rejection:
        """Return the plan of a topic, made now if it is new; a Rejection if it is no valid topic.

        Args:
            topic: its bytes.
        """
        found = self.plans.get(topic)
        if found is not None:
            return found
        name = topic_name(topic)
        if isinstance(name, Rejection):
            return name
        if len(self.plans) >= self._limit:
            self.plans.clear()
            self._cleared.n += 1
        subject = Topic(name)
        try:
            claim = self.claim(subject)
        except Exception:  # other people's decoders are asked here
            if not self._failed:
                _LOGGER.exception("A decoder failed to say whether it claims %s; said once.", name)
            self._failed = True
            return Rejection("decoder_fault", "A decoder failed to say whether it claims this topic.")
        plan = Plan(subject, claim, self.zones.of(name))
        if len(topic) <= MAX_KEPT_TOPIC_BYTES:
            self.plans[topic] = plan
        return plan

    def claim(self, topic: Topic) -> Claim:
        """Return who reads a topic.

        Args:
            topic: valid.
        """
        if topic.name.startswith(OWN_PREFIX):
            return _OWN
        forced = self._forced.of(topic.name)
        if forced is not None:
            return self._claim_by(forced, topic)
        for source in self._sources:
            levels = source.match(topic)
            if levels is not None:
                return source.claim(topic, levels, self._claim_by(source.decoder, topic))
        claim = self._found(topic)
        for explainer in self._explainers.values():
            claim = explainer.explanation(topic, claim, self._found)
        return claim

    def _found(self, topic: Topic) -> Claim:
        """Return the claim of the first decoder that claims a topic, else that of the general rules."""
        for decoder in self._decoders.values():
            claim = decoder.claim(topic)
            if claim is not None:
                return claim
        return self._generic.claim(topic)

    def _claim_by(self, name: str, topic: Topic) -> Claim:
        """Return a decoder's claim; a generic one where it is a format, is generic, or does not know the topic."""
        assigned = self._assigned.get(name)
        if assigned is not None:
            return assigned.assigned(topic)
        decoder = self._decoders.get(name)
        claim = (None if decoder is None else decoder.claim(topic)) or self._generic.claim_for(name, topic)
        explainer = self._explainers.get(name)
        return claim if explainer is None else explainer.explanation(topic, claim, self._found)


def topic_name(topic: bytes) -> str | Rejection:
    """Return a topic's name, or why it is no topic that a message can be published to.

    Args:
        topic: its bytes.

    References:
        MQTT 3.1.1 §1.5.3, §3.3.2.1, §4.7.3.
    """
    if not topic or len(topic) > MAX_TOPIC_BYTES:
        return Rejection("bad_topic", f"A topic has 1 to {MAX_TOPIC_BYTES} bytes, this has {len(topic)}.")
    try:
        name = topic.decode()
    except UnicodeDecodeError as error:
        return Rejection("bad_topic", f"The topic is not UTF-8 from byte {error.start} on.")
    levels = name.count("/") + 1
    if levels > MAX_LEVELS:
        return Rejection("bad_topic", f"A topic of {levels} levels; {MAX_LEVELS} is the limit.")
    for character, what in (("\0", "a NUL"), ("+", "a +"), ("#", "a #")):
        if character in name:
            return Rejection("bad_topic", f"The topic has {what} in it.")
    return name


def _check_bases(options: NormaliseOptions) -> None:
    """Raise for base topics of a decoder that has none to choose."""
    known = ", ".join(sorted(BASED)) or "none"
    mistakes = [
        Mistake(
            f"decoders.bases.{name}", f"its topics cannot be moved; those of these decoders can: {known}", "settings"
        )
        for name in sorted(options.bases)
        if name not in BASED
    ]
    if mistakes:
        raise SettingsError(mistakes)


def _check(options: NormaliseOptions, names: set[str]) -> None:
    """Raise for options that name no decoder, or no topic filter."""
    known = ", ".join(sorted(names))
    mistakes = [
        Mistake(f"decoders.{key}", f"there is no decoder {name!r}; there are {known}", "settings")
        for key, named in (
            ("off", options.off),
            ("prefixes", set(options.prefixes) - DESCRIBED),
            ("forced", {name for _, name in options.forced} - DESCRIBED),
        )
        for name in sorted(named)
        if name not in names
    ]
    mistakes += [
        Mistake(f"source.{place}.decoder", f"there is no decoder {rule.decoder!r}; there are {known}", "settings")
        for place, rule in enumerate(options.sources)
        if rule.decoder not in names | DESCRIBED
    ]
    named = [("decoders.forced", name) for _, name in options.forced]
    named += [(f"source.{place}.decoder", rule.decoder) for place, rule in enumerate(options.sources)]
    mistakes += [
        Mistake(key, f"the decoder {name} is switched off in decoders.off", "settings")
        for key, name in named
        if name in options.off
    ]
    for text, name in options.forced:
        if name in DESCRIBED:
            reason = f"the decoder {name} needs a description; a [[source]] rule has one"
            mistakes.append(Mistake("decoders.forced", reason, "settings"))
        fault = filter_fault(text)
        if fault is not None:
            mistakes.append(Mistake("decoders.forced", f"the filter {text!r} {fault}", "settings"))
    if mistakes:
        raise SettingsError(mistakes)
