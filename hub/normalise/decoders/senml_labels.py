"""SenML's labels: whether a document can be nothing else but a pack of records.

References:
    Normalisation section 9; RFC 8428 §4 (labels, and how they are extended), RFC 9193 (content formats).
"""

from __future__ import annotations

import re
from types import NoneType
from typing import TYPE_CHECKING, NamedTuple

from hub.core.units import NUMBER
from hub.normalise.values import MAX_NUMBER_CHARACTERS, number

if TYPE_CHECKING:
    from hub.normalise.content import Json

_TEXT, _NUMBER = (str, NoneType), (int, float, str, bool, NoneType)
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("bn", "n", "bu", "u", "vs", "vd", "bct", "ct"), _TEXT),
    **dict.fromkeys(("bver", "bt", "bv", "bs", "v", "vb", "s", "t", "ut"), _NUMBER),
}
"""Labels, with the kinds of values that do not rule SenML out."""
_MUST_BE_UNDERSTOOD = "_"
"""A label that ends so rejects the pack, if it is not understood (RFC 8428 §4.4)."""

_is_number = re.compile(NUMBER, re.ASCII).fullmatch


class Scan(NamedTuple):
    """What the labels of a pack look like.

    Args:
        plausible: False if a record has none of SenML's labels, or one of them has a value of a quite different kind.
        based: True if a record has a base name.
        valued: True if a record has a name and a value.
        united: True if such a record has a unit as well.
        foreign: True if there are labels that SenML does not have.
        unknown: a label that would have to be understood and is not, empty if there is none.
    """

    plausible: bool
    based: bool
    valued: bool
    united: bool
    foreign: bool
    unknown: str

    def is_pack(self, *, single: bool) -> bool:
        """Return True if it can be nothing else but SenML.

        All labels are SenML's, and a record has a name and a value. Records with labels that are not known are SenML
        if there is a base name, or a unit beside name and value.

        Args:
            single: True for a single record, outside of any array.
        """
        if not self.plausible or not self.valued:
            return False
        return not self.foreign or (not single and (self.based or self.united))


def scanned(records: list[dict[str, Json]], *, single: bool) -> Scan:
    """Return what the labels of records look like.

    Args:
        records: with the labels as JSON has them.
        single: True for a single record, outside of any array.
    """
    plausible, based, valued, united, foreign, unknown = True, False, False, False, False, ""
    for record in records:
        known = False
        for label, member in record.items():
            kinds = _KINDS.get(label)
            if kinds is not None:
                known = True
                plausible = plausible and type(member) in kinds
            elif label.endswith(_MUST_BE_UNDERSTOOD):
                unknown = unknown or label
            else:
                foreign = True
        plausible = plausible and known
        based = based or "bn" in record
        if valued and (united or "u" not in record):  # another value changes nothing
            continue
        if (based or "n" in record) and _has_value(record, alone=single and not based):
            valued = True
            united = united or "u" in record
    return Scan(plausible, based, valued, united, foreign, unknown)


def _has_value(record: dict[str, Json], *, alone: bool) -> bool:
    """Return True if a record has a value of the kind that its label asks for; sums and base values are none alone."""
    return (
        type(record.get("v")) in (int, float, bool)
        or isinstance(record.get("vb"), bool)
        or isinstance(record.get("vs"), str)
        or isinstance(record.get("vd"), str)
        or _has_number(record, "v")
        or (not alone and (_has_number(record, "s") or ("n" in record and _has_number(record, "bv"))))
    )


def _has_number(record: dict[str, Json], label: str) -> bool:
    """Return True if a label has a number, also one that no float holds: that is null where JSON was read."""
    if label not in record:
        return False
    value = record[label]
    if not isinstance(value, str):
        return value is None or number_of(value) is not None
    text = value.strip()
    return number(text, or_else=value) != value or (len(text) > MAX_NUMBER_CHARACTERS and _is_number(text) is not None)


def number_of(value: Json) -> float | None:
    """Return a number, also one that is written as text; None for anything else.

    Args:
        value: of a label.
    """
    held = number(value.strip()) if isinstance(value, str) else value
    if isinstance(held, bool) or not isinstance(held, (int, float)):
        return None
    return held
