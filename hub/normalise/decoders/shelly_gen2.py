"""Shelly Gen2 and later: the status of components, and the notifications that tell of its changes.

A device publishes a component's whole status on ``<prefix>/status/<component>``, and changes of any of them as RPC
frames on ``<prefix>/events/rpc``. The prefix is the device, whatever its owner chose it to be.

References:
    Normalisation section 5; Shelly API documentation, Gen2+: Notifications, Mqtt, Sys, Switch, EM, ….
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.decoders.documents import mapping
from hub.normalise.decoders.protocol import About, Decoded, Skip
from hub.normalise.decoders.shelly_units import gen2_unit
from hub.normalise.flatten import MAX_REJECTIONS, Dialect, Flattener
from hub.normalise.names import label, snake_case

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

CHANGES, EVERYTHING, EVENTS = "NotifyStatus", "NotifyFullStatus", "NotifyEvent"
"""Methods of notifications."""

_LABELS = frozenset({"id", "minute_ts"})
_SYSTEM_LABELS = frozenset({"mac", "time", "unixtime"})


def _is_label(key: str, _: int) -> bool:
    """Return True for a key that says which component or minute it is about."""
    return key in _LABELS


def _is_system_label(key: str, depth: int) -> bool:
    """Return True for a key of the system's own that says who and when it is."""
    return key in _LABELS or (depth == 0 and key in _SYSTEM_LABELS)


_COMPONENT = Dialect(time_keys=(), unit_of=gen2_unit, dropped=_is_label)
_SYSTEM = Dialect(time_keys=(), unit_of=gen2_unit, dropped=_is_system_label)
_SYSTEM_TOPIC = Dialect(time_keys=("unixtime",), unit_of=gen2_unit, dropped=_is_system_label)
"""Only on its own topic does the system's clock date its status: a notification has its own time."""


@lru_cache(maxsize=4096)
def parts_of(component: str) -> tuple[str, ...]:
    """Return the name parts of a component: its kind and its number.

    Args:
        component: such as ``switch:0`` or ``sys``.
    """
    return tuple(snake_case(part) for part in component.split(":", 1))


@dataclass(frozen=True, slots=True)
class Status:
    """The topic of one component's status.

    Args:
        device: the topic prefix.
        component: such as ``switch:0``.
    """

    device: str
    component: str

    def read(self, message: Message) -> Decoded:
        """Return what a component is.

        Args:
            message: its whole status.
        """
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        is_system = self.component == "sys"
        flattener = Flattener(self.device, _SYSTEM_TOPIC if is_system else _COMPONENT)
        timeless = is_system and times.parse(root.get("unixtime")) is None
        path = None if timeless else ()  # a plan would pass the time by for good, should it be told later
        flattener.add(root, parts=parts_of(self.component), path=path)
        about = _about(self.device, root) if is_system else []
        return Decoded(flattener.samples, skipped=flattener.skipped, rejections=flattener.rejections, about=about)


@dataclass(frozen=True, slots=True)
class Notifications:
    """The topic of a device's notifications.

    Args:
        device: the topic prefix.
    """

    device: str

    def read(self, message: Message) -> Decoded:
        """Return what changed, or what happened.

        Args:
            message: an RPC frame.
        """
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        method, params = root.get("method"), root.get("params")
        if method not in (CHANGES, EVERYTHING, EVENTS):
            return Decoded()
        if not isinstance(params, dict):
            return Decoded(undecoded=Rejection("unexpected_shape", f'A {method} has an object under "params".'))
        if method == EVENTS:
            return self._events(params)
        decoded = self._changes(params, planned=method == CHANGES)
        if method == CHANGES:
            decoded.skipped += [Skip(((None, key),), CHANGES if key == "method" else None) for key in _frame(root)]
        system = params.get("sys")
        if isinstance(system, dict):
            decoded.about = _about(self.device, system)
        return decoded

    def _changes(self, params: dict[str, Json], *, planned: bool) -> Decoded:
        """Return the values of all components, which are planned if only they are ever asked for by this plan."""
        moment_us = times.parse(params.get("ts"))
        time_key = None if moment_us is None else "ts"
        flattener = Flattener(self.device)
        planned = planned and (moment_us is not None or "ts" not in params)  # a later one may tell a time there
        for component, status in params.items() if flattener.has_room_for(params) else ():
            if component == "ts":
                continue
            flattener.dialect = _SYSTEM if component == "sys" else _COMPONENT
            path = ((None, "params"), (time_key, component)) if planned else None
            flattener.add(status, parts=parts_of(component), time_us=moment_us, path=path)
        return Decoded(flattener.samples, skipped=flattener.skipped, rejections=flattener.rejections)

    def _events(self, params: dict[str, Json]) -> Decoded:
        """Return what happened, each at its time."""
        events = params.get("events")
        if not isinstance(events, list):
            return Decoded(undecoded=Rejection("unexpected_shape", 'A NotifyEvent has an array under "events".'))
        flattener = Flattener(self.device, _COMPONENT)
        decoded = Decoded(flattener.samples, rejections=flattener.rejections)
        for event in events if flattener.has_room_for(events) else ():
            told = event if isinstance(event, dict) else {}
            component, name = told.get("component"), told.get("event")
            if not isinstance(component, str) or not isinstance(name, str) or not component:
                if len(decoded.rejections) < MAX_REJECTIONS:
                    decoded.rejections.append(Rejection("unexpected_shape", "An event names its component and itself."))
                continue
            moment_us = times.first(told.get("ts"), params.get("ts"))
            flattener.add(name, parts=(*parts_of(component), "event"), time_us=moment_us)
        return decoded


def is_frame(root: object) -> bool:
    """Return True for a request, or the answer to one, that Shelly devices and their masters exchange.

    Args:
        root: parsed JSON.
    """
    if not isinstance(root, dict) or not isinstance(root.get("src"), str):
        return False
    if isinstance(root.get("method"), str):
        return "id" in root or "params" in root
    return "id" in root and isinstance(root.get("dst"), str) and ("result" in root or "error" in root)


def read_announcement(device: str, message: Message) -> Decoded:
    """Return what a device tells of itself, when it is asked to announce itself.

    Args:
        device: the topic prefix.
        message: the device's information.
    """
    root = mapping(message)
    return Decoded(undecoded=root) if isinstance(root, Rejection) else Decoded(about=described(device, root))


def described(device: str, root: dict[str, Json]) -> list[About]:
    """Return what an announcement tells, of any generation.

    Args:
        device: the ecosystem's own id.
        root: the announcement.
    """
    keys = ("mac", "ip", "fw_ver", "ver", "app")
    info = tuple((key, text) for key in keys if (text := label(root.get(key))) is not None)
    model = label(root.get("model"))
    about = About(device, name=label(root.get("name")), model=model and f"Shelly {model}", info=info)
    return [about] if about != About(device) else []


def _about(device: str, system: dict[str, Json]) -> list[About]:
    """Return what the system's status tells of the device itself."""
    mac = label(system.get("mac"))
    return [] if mac is None else [About(device, info=(("mac", mac),))]


def _frame(root: dict[str, Json]) -> list[str]:
    """Return the keys of a notification that hold no reading."""
    return [key for key in ("src", "dst", "method") if isinstance(root.get(key), str)]
