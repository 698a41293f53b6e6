"""Discovery entries: what a configuration tells of topics, devices and availability.

References:
    Normalisation section 6; Home Assistant, MQTT: discovery of single components and of devices.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core import kinds
from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise.decoders import home_assistant_keys as keys
from hub.normalise.decoders.home_assistant_availability import MODES, Availability, Check, Watch
from hub.normalise.decoders.home_assistant_bounds import Budget
from hub.normalise.decoders.home_assistant_devices import Owner, owner
from hub.normalise.decoders.home_assistant_paths import MAX_TEMPLATE_CHARACTERS, Path, reads
from hub.normalise.names import NAMELESS, snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.normalise.content import Json
    from hub.normalise.decoders.home_assistant_keys import Aspect
    from hub.normalise.decoders.home_assistant_templates import Templates
    from hub.normalise.decoders.protocol import About

MAX_COMPONENTS: Final = 1000
"""Most components of one device's configuration."""
MAX_CHECKS: Final = 16
"""Most topics on which the availability of one component depends."""
MAX_TOPIC_CHARACTERS: Final = 1024
"""A longer topic is none of a device."""
MAX_REJECTIONS: Final = 20
"""Most rejections that are told of one configuration."""

_SHARED: Final = ("state_topic", "command_topic")
_AVAILABLE: Final = ("availability", "availability_topic")
_AVAILABILITY: Final = (
    *("availability", "availability_topic", "availability_template", "availability_mode"),
    *("payload_available", "payload_not_available"),
)
"""What the components of a device share, unless they have some of it themselves."""
_TEMPERATURES: Final = frozenset({"current_temperature", "temperature", "temperature_high", "temperature_low"})
_HUMIDITIES: Final = frozenset({"current_humidity", "target_humidity"})
_UNUSABLE: Final = ("+", "#", "\0")


@dataclass(frozen=True, slots=True)
class Use:
    """What one component takes from the messages of a topic.

    Args:
        device: whose the values are.
        about: what the entry tells of it.
        metric: of a message that is one value.
        own: a metric that no other component of the device has.
        template: takes the value out of a message; empty for all of it.
        unit: canonical symbol.
        kind: what it measures.
        words: what means true, and what means false.
        is_text: True for a message that is no number, whatever it looks like: a version.
    """

    device: str
    about: About | None
    metric: str
    own: str
    template: str = ""
    unit: str | None = None
    kind: str | None = None
    words: tuple[tuple[str, bool], ...] = ()
    is_text: bool = False

    @property
    def path(self) -> Path:
        """The first path that its template reads; empty for none."""
        return reads(self.template).path


@dataclass(frozen=True, slots=True)
class Entry:
    """What one configuration tells.

    Args:
        uses: topics with what is taken from them, in order of the configuration.
        watches: whose availability depends on which topics.
        silent: topics that only carry commands or pictures.
    """

    uses: tuple[tuple[str, Use], ...] = ()
    watches: tuple[Watch, ...] = ()
    silent: frozenset[str] = frozenset()


class Place(NamedTuple):
    """Where a configuration lies.

    Args:
        prefix: levels of the discovery prefix.
        component: such as ``sensor``, or ``device``.
        object_id: the level before ``config``.
    """

    prefix: tuple[str, ...]
    component: str
    object_id: str


def entry(place: Place, members: Mapping[str, Json], templates: Templates) -> tuple[Entry | None, list[Rejection]]:
    """Return what a configuration tells, None if there is nothing any more, and what of it cannot be used.

    Args:
        place: of its topic.
        members: of its document.
        templates: that are kept ready.
    """
    shared = keys.expanded(members)
    described = shared.get("device")
    reader = _Reader(place, owner(described, shared.get("origin")), templates)
    if place.component == keys.DEVICE_COMPONENT:
        components = shared.get("components")
        for object_id, component in _components(components):
            if reader.count >= MAX_COMPONENTS:
                reader.reject("limit", f"{MAX_COMPONENTS} components of a device are kept, no more.")
                break
            own = keys.expanded(component)
            platform = own.get("platform")
            if isinstance(platform, str) and len(own) > 1:
                reader.add(platform, object_id, _inherited(own, shared))
    else:
        reader.add(place.component, place.object_id, shared)
    return reader.entry(), reader.rejections


def _components(components: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield the components of a device by their ids."""
    if isinstance(components, dict):
        yield from ((name, component) for name, component in components.items() if isinstance(component, dict))


def _inherited(own: dict[str, Json], shared: Mapping[str, Json]) -> dict[str, Json]:
    """Return a component's configuration with what it shares with the others of its device."""
    names = (*_SHARED, "~", *(() if any(name in own for name in _AVAILABLE) else _AVAILABILITY))
    return {**{name: shared[name] for name in names if name in shared}, **own}


@dataclass(slots=True)
class _Reader:
    """Takes configurations of components apart.

    Args:
        place: of the entry's topic.
        owner: the device that the entry describes, None if it describes none.
        templates: that are kept ready.
    """

    place: Place
    owner: Owner | None
    templates: Templates
    budget: Budget = field(default_factory=lambda: Budget(0))
    count: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    _uses: list[tuple[str, Use]] = field(default_factory=list)
    _watches: dict[Watch, None] = field(default_factory=dict)
    _silent: dict[str, None] = field(default_factory=dict)

    def entry(self) -> Entry | None:
        """Return what was read, None for nothing."""
        silent = frozenset(self._silent).difference(topic for topic, _ in self._uses)
        if not self._uses and not silent:
            return None
        return Entry(tuple(self._uses), tuple(self._watches), silent)

    def reject(self, reason: str, detail: str, path: str = "") -> None:
        """Take note of a part that cannot be used."""
        if len(self.rejections) < MAX_REJECTIONS:
            self.rejections.append(Rejection(reason, detail, path))

    def add(self, component: str, object_id: str, members: Mapping[str, Json]) -> None:
        """Append what one component tells."""
        if component not in keys.COMPONENTS:
            return
        self.count += 1
        base = members.get("~")
        base = base if isinstance(base, str) else ""
        for key, value in members.items():
            if keys.is_silent(component, key) and (topic := self._topic(value, base)):
                self._silent[topic] = None
        uses = dict.fromkeys(self._uses_of(component, object_id, members, base))
        self._uses += uses
        if uses and (availability := self._availability(members, base)) is not None:
            topic, use = next(iter(uses))
            self._watches[Watch(use.device, topic, availability)] = None

    def _uses_of(
        self, component: str, object_id: str, members: Mapping[str, Json], base: str
    ) -> Iterator[tuple[str, Use]]:
        """Yield the topics of one component, with what it takes from them."""
        seen: set[str] = set()
        for aspect in _aspects(component, members):
            topic = self._topic(members.get(aspect.topic), base)
            if not topic or (aspect.name == _ATTRIBUTES and topic in seen):
                continue
            seen.add(topic)
            device, last = self._place(topic)
            name = ".".join(filter(None, (snake_case(object_id), aspect.name))) or NAMELESS
            known = self.owner
            use = Use(
                device,
                None if known is None else known.about,
                last if known is None or component in keys.NAMELESS else name,
                name,
                is_text=component == keys.VERSIONS,
            )
            template = self._template(component, aspect, members)
            if self._is_usable(template, f"{object_id}.{aspect.templates[0]}"):
                unit, kind = _measure(aspect.name, members)
                words = keys.words(component, aspect.name, members)
                use = replace(use, template=template, unit=unit, kind=kind, words=words)
            yield topic, use

    def _place(self, topic: str) -> tuple[str, str]:
        """Return the device and the metric of a topic: what the entry describes, or what the topic's levels say."""
        levels = tuple(topic.split("/"))
        prefix = self.place.prefix
        if levels[: len(prefix)] == prefix and len(levels) > len(prefix) + 1:
            levels = levels[len(prefix) + 1 :]
        named = "/".join(levels[:-1])
        last = (snake_case(levels[-1]) or NAMELESS) if named or self.owner is not None else NAMELESS
        return named or levels[-1] or topic if self.owner is None else self.owner.device, last

    def _template(self, component: str, aspect: Aspect, members: Mapping[str, Json]) -> str:
        """Return the template of an aspect; that of a component with documents of a known form is their first key."""
        names = (*aspect.templates, *(("value_template",) if component == _CLIMATE else ()))
        template = next((text for name in names if isinstance(text := members.get(name), str) and text), "")
        if aspect.name == _ATTRIBUTES:
            return ""
        key = keys.DOCUMENTED.get(component)
        if template or aspect.name or key is None or members.get("schema", key.schema) != key.schema:
            return template
        return f"{{{{ value_json.{key.name} }}}}"

    def _is_usable(self, template: str, where: str) -> bool:
        """Return True if a template can be rendered, or nobody has the time to find out now; tell where one cannot."""
        if len(template) <= MAX_TEMPLATE_CHARACTERS and reads(template).plain:
            return True
        ready = self.templates.ready(template, self.budget)
        if isinstance(ready, Rejection) and ready.reason == "bad_template":
            self.reject(ready.reason, ready.detail, where)
            return False
        return True

    def _topic(self, value: Json, base: str) -> str:
        """Return a topic with its base, empty if it is none."""
        if not isinstance(value, str) or not value or len(value) + len(base) > MAX_TOPIC_CHARACTERS:
            return ""
        if base and value.startswith("~"):
            value = base + value[1:]
        elif base and value.endswith("~"):
            value = value[:-1] + base
        return "" if any(character in value for character in _UNUSABLE) else value

    def _availability(self, members: Mapping[str, Json], base: str) -> Availability | None:
        """Return what the availability of a component depends on, None if on nothing."""
        told = members.get("availability")
        checks = [
            self._check(keys.expanded(one), "topic", "value_template", base)
            for one in (told if isinstance(told, list) else [told])[:MAX_CHECKS]
            if isinstance(one, dict)
        ]
        checks.append(self._check(members, "availability_topic", "availability_template", base))
        found = tuple(dict.fromkeys(filter(None, checks)))
        mode = members.get("availability_mode")
        return Availability(found, mode if isinstance(mode, str) and mode in MODES else MODES[0]) if found else None

    def _check(self, members: Mapping[str, Json], topic_key: str, template_key: str, base: str) -> Check | None:
        """Return what one topic says of availability, None if it is no topic."""
        topic = self._topic(members.get(topic_key), base)
        if not topic:
            return None
        template = members.get(template_key)
        template = template if isinstance(template, str) else ""
        if not self._is_usable(template, template_key):
            return None
        available = keys.word(members.get("payload_available")) or "online"
        return Check(topic, template, available, keys.word(members.get("payload_not_available")) or "offline")


_ATTRIBUTES: Final = "json_attributes"
_CLIMATE: Final = "climate"


def _aspects(component: str, members: Mapping[str, Json]) -> Iterator[Aspect]:
    """Yield what a component tells, the state first."""
    if component in keys.SILENT:
        return
    if component in keys.NAMELESS:
        yield keys.TRIGGER
        return
    yield from (aspect for aspect in keys.ASPECTS if aspect.topic in members)
    if members.get("schema") == "template":
        yield from (aspect for aspect in keys.WITHIN if aspect.templates[0] in members)


def _measure(aspect: str, members: Mapping[str, Json]) -> tuple[str | None, str | None]:
    """Return the unit and the kind of an aspect."""
    if not aspect:
        unit, kind = members.get("unit_of_measurement"), members.get("device_class")
        return (
            canonical(unit) if isinstance(unit, str) else None,
            kinds.known(kind) if isinstance(kind, str) else None,
        )
    if aspect in _TEMPERATURES:
        unit = members.get("temperature_unit")
        return canonical(unit) if isinstance(unit, str) else None, "temperature"
    return None, "humidity" if aspect in _HUMIDITIES else None
