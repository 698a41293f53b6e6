"""The planned way: a live message is read by its topic's plan, without asking anybody.

Per field it costs one dict lookup, one look at the value's type and one tuple; nothing is called and no object is made.

References:
    Architecture, rule 2; normalisation, Plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orjson import loads

from hub.normalise.flatten import MAX_ELEMENTS
from hub.normalise.plan import HELD_PAYLOAD_BYTES, LIVE, Unplanned
from hub.normalise.times import AHEAD_US, CLOCK_AHEAD, UNSET, absolute, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from hub.core.model import Reading
    from hub.normalise.plan import Plan, Slot, Table

_UNSEEN = object()


def read(plan: Plan, payload: bytes, received_us: int, append: Callable[[Reading], None]) -> None:
    """Append the readings of a live message that its plan knows.

    Args:
        plan: of its topic.
        payload: its bytes, at most :data:`MAX_PLANNED_BYTES`.
        received_us: when it was received.
        append: takes each reading.

    Raises:
        KeyError: something is not known for sure (:class:`Unplanned` is one); what was appended must be taken back.
        ValueError: it is no JSON; likewise.
    """
    texts = plan.texts
    if texts and payload in texts:
        value = texts[payload]
        if value is not None:
            append((plan.scalar.key, received_us, value, None, received_us, 0))
    else:
        root = loads(payload)
        kind = type(root)
        if kind is dict:
            if plan.root.time_key is None:
                walk(plan.root.slots, root.items(), received_us, None, received_us, append)
            else:
                take(plan.root, root, received_us, None, received_us, append)
        elif kind in plan.scalar.accept:
            append((plan.scalar.key, received_us, root, None, received_us, 0))
        else:
            raise Unplanned
    plan.payload, plan.heard_us, plan.manner = payload[:HELD_PAYLOAD_BYTES], received_us, LIVE


def is_planned_type(content_type: str, payload: bytes) -> bool:
    """Return True if a content type leaves it to the payload what it is, or says of a JSON object that it is JSON.

    Args:
        content_type: MQTT 5's property, empty without one.
        payload: the bytes, not compressed.
    """
    return not content_type or (content_type == "application/json" and payload[:1] == b"{")


def walk(
    slots: dict[str | int, Slot],
    items: Iterable[tuple[Any, Any]],
    time_us: int,
    quality: str | None,
    received_us: int,
    append: Callable[[Reading], None],
) -> None:
    """Append the readings of an object's members or an array's elements, in their order.

    Args:
        slots: what is known of them.
        items: keys or indexes, with parsed JSON.
        time_us: the time of what has none of its own.
        quality: the quality that comes with that time.
        received_us: when the message was received.
        append: takes each reading.

    Raises:
        KeyError: something is not known for sure (:class:`Unplanned` is one); what was appended must be taken back.
    """
    for key, value in items:
        slot = slots[key]
        kind = type(value)
        if kind in slot.accept:
            append((slot.key, time_us, value, quality, received_us, 0))
        elif kind is str:
            meaning = slot.texts.get(value, _UNSEEN)
            if meaning is _UNSEEN:
                meaning = slot.meaning(value)
            if meaning is not None:
                append((slot.key, time_us, meaning, quality, received_us, 0))  # type: ignore[arg-type]  # no sentinel
        elif (
            value is None
            or (slot.skipped and slot.skips(value))
            or (slot.folded is not None and kind is dict and fold(slot, value, time_us, quality, received_us, append))
        ):
            continue
        elif slot.branch is None:
            if value or (kind is not dict and kind is not list):
                raise Unplanned
        elif kind is dict:
            take(slot.branch, value, time_us, quality, received_us, append)
        elif kind is list and len(value) <= MAX_ELEMENTS:
            walk(slot.branch.slots, enumerate(value), time_us, quality, received_us, append)
        else:
            raise Unplanned


def fold(
    slot: Slot,
    members: dict[str, Any],
    time_us: int,
    quality: str | None,
    received_us: int,
    append: Callable[[Reading], None],
) -> bool:
    """Append the reading of an object that is one value; return False if it is not built like the one that was learnt.

    Args:
        slot: what is known of it.
        members: parsed JSON.
        time_us: its time.
        quality: the quality that comes with that time.
        received_us: when the message was received.
        append: takes the reading.

    Raises:
        KeyError: as of :func:`walk`.
    """
    collapse = slot.collapse
    if collapse is None or slot.folded is None or tuple(members) != collapse.keys:
        return False
    value = members[collapse.value_key]
    if members[collapse.unit_key] != collapse.unit or type(value) in (dict, list):
        raise Unplanned
    walk({collapse.value_key: slot.folded}, ((collapse.value_key, value),), time_us, quality, received_us, append)
    return True


def take(
    table: Table,
    members: dict[str, Any],
    time_us: int,
    quality: str | None,
    received_us: int,
    append: Callable[[Reading], None],
) -> None:
    """Append the readings of an object that may carry a time of its own.

    Args:
        table: what is known of it.
        members: parsed JSON; its time key is removed.
        time_us: the time of what has none of its own.
        quality: the quality that comes with that time.
        received_us: when the message was received.
        append: takes each reading.

    Raises:
        KeyError: as of :func:`walk`.
    """
    stamp = None if table.time_key is None else members.pop(table.time_key, None)
    if stamp is None:
        walk(table.slots, members.items(), time_us, quality, received_us, append)
        return
    moment_us = parse(stamp)
    if moment_us is None:
        raise Unplanned
    if moment_us < UNSET and table.zone is not None:
        if time_us != received_us or quality is not None:  # what stands further out may be more telling
            raise Unplanned
        moment_us = absolute(moment_us, table.zone, received_us)
    if moment_us > UNSET:
        if table.device is not None:
            table.device.skew_us = moment_us - received_us
        time_us, quality = moment_us, None
        if moment_us > received_us + AHEAD_US:
            time_us, quality = received_us, CLOCK_AHEAD
    walk(table.timed, members.items(), time_us, quality, received_us, append)
