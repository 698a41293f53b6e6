"""Values of series that are known already: admitted the short way, and no otherwise than the long way admits them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Datatype
from hub.normalise import admission
from hub.normalise.decoders.protocol import Claim, Decoded, Sample
from hub.normalise.times import AHEAD_US, EARLIEST_US, UNSET
from tests.normalise.rig import NOW_US, Rig, Row

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message, Topic

_VALUES = st.one_of(
    st.sampled_from([0, 1, -1, True, False, 0.5, 2**53, -(2**53), 2**63, 2**64, 1e300, float("nan"), float("inf")]),
    st.sampled_from(["", "on", "warm\n", "a\0b", "\ud800", "🌡", "x" * 1024, "x" * 1025, "é" * 2049, "x" * 4097]),
    st.text(max_size=5),
)
_TIMES = st.sampled_from(
    [None, UNSET, UNSET - 10**15, 0, 12345, EARLIEST_US - 1, EARLIEST_US, NOW_US, NOW_US + AHEAD_US, NOW_US * 2],
)
_SAMPLES = st.builds(
    Sample,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["t", "u"]),
    _VALUES,
    st.sampled_from([None, "°C", "K"]),
    _TIMES,
    st.booleans(),
    st.sampled_from([0, -5_000_000, AHEAD_US, AHEAD_US + 1]),
    st.sampled_from([None, ((None, "t"),)]),
    st.sampled_from([None, "temperature"]),
)


class _Told:
    """Says what it was given to say, in turn."""

    name = "told"

    def __init__(self, messages: list[list[Sample]]) -> None:
        self._messages = iter(messages)

    def claim(self, topic: Topic) -> Claim | None:
        return Claim(self.name, "told", self._read) if topic.name == "x" else None

    def _read(self, _: Message) -> Decoded:
        return Decoded(next(self._messages))


def _admitted(messages: list[list[Sample]]) -> list[object]:
    """Return whatever comes of some messages."""
    rig = Rig(decoders=[_Told(messages)])
    rows: list[list[Row]] = [rig.feed("x", "1") for _ in messages]
    series = [(one.metric, one.unit, one.datatype, one.kind) for one in rig.catalogue.series.values()]
    skews = [(device.id, device.skew_us) for device in rig.catalogue.devices.values()]
    return [repr(rows), series, skews, rig.normaliser.quarantine.reasons()]


@given(st.lists(st.lists(_SAMPLES, max_size=6), max_size=4))
def test_what_is_known_is_admitted_as_if_it_were_not(messages: list[list[Sample]]) -> None:
    short = _admitted(messages)
    with patch.object(admission, "_SURE", dict.fromkeys(Datatype, ())):
        assert short == _admitted(messages)
