"""An edge node: born with everything, then only what changed, counted; born again when asked; dead as its will says."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import ManualClock
from hub.core.model import Status
from simulators.dialects import sparkplug_payload as payloads
from simulators.fleet import Fleet, Publish
from simulators.readout import Message
from tests.normalise.rig import Rig, message
from tests.simulators.stage import START_US, scenario_of

NODE = """
title = "A node and a pump"
[profile.node]
format = "sparkplug"
every_s = 5
[profile.node.metrics]
"Maker" = { signal = "constant", value = "Edge box" }
"Load" = { signal = "level", level = 20, noise = 2, unit = "%" }
[profile.pump]
format = "sparkplug"
every_s = 1
[profile.pump.metrics]
"Speed" = { signal = "level", level = -40, noise = 9, decimals = 0, unit = "rpm" }
"Running" = { signal = "toggle", on_s = 20, off_s = 20 }
"Turns" = { signal = "counter", per_s = 0.2, decimals = 0, start_at = 5 }
[[devices]]
profile = "node"
id = "plant/edge"
[[devices]]
profile = "pump"
id = "plant/edge/pump"
"""
LINK = "sparkplug/plant/edge"
REBIRTH = payloads.payload(payloads.metric("Node Control/Rebirth", payloads.BOOLEAN, boolean=True))
_SEQUENCE, _METRIC, _NAME, _ALIAS, _DATATYPE, _LONG = 3, 2, 1, 2, 4, 11


class Certificate(NamedTuple):
    """A message of the node."""

    kind: str
    sequence: int | None
    birth_death: int | None
    metrics: list[dict[int, int | bytes]]


class Edge:
    """The node, played by hand."""

    def __init__(self) -> None:
        self.fleet = Fleet(scenario_of(NODE), seed=1, day_s=0)
        self.now_s = 0.0
        self.will = self._die()

    def connect(self) -> list[Message]:
        self.fleet.connected(LINK, self.now_s)
        return self.play(0.6)

    def play(self, for_s: float) -> list[Message]:
        self.now_s += for_s
        actions = self.fleet.step(self.now_s, START_US + round(self.now_s * 1e6))
        return [action.message for action in actions if isinstance(action, Publish)]

    def lose(self) -> Message:
        """Lose the connection; returns what the broker says then."""
        self.fleet.disconnected(LINK)
        died, self.will = self.will, self._die()
        return died

    def hear(self, payload: bytes, topic: str = "spBv1.0/plant/NCMD/edge") -> list[Message]:
        return self.fleet.heard(LINK, topic, payload, elapsed_s=self.now_s, wall_us=START_US)

    def _die(self) -> Message:
        will = self.fleet.will(LINK, START_US)
        assert will is not None
        return will


def _understood(said: list[Message]) -> Iterator[Certificate]:
    for one in said:
        fields = list(payloads._fields(one.payload))
        metrics = [
            dict(payloads._fields(held)) for number, held in fields if number == _METRIC and isinstance(held, bytes)
        ]
        birth_death = next((metric[_LONG] for metric in metrics if metric.get(_NAME) == b"bdSeq"), None)
        sequence = dict(fields).get(_SEQUENCE)
        assert not isinstance(sequence, bytes)
        assert not isinstance(birth_death, bytes)
        yield Certificate(one.topic.decode().split("/")[2], sequence, birth_death, metrics)


def test_a_node_is_born_before_its_device_and_both_with_all_they_have() -> None:
    node, device, *later = _understood(Edge().connect())
    assert (node.kind, node.sequence, node.birth_death) == ("NBIRTH", 0, 0)
    assert [metric[_NAME] for metric in node.metrics] == [b"bdSeq", b"Node Control/Rebirth", b"Maker", b"Load"]
    assert (device.kind, device.sequence) == ("DBIRTH", 1)
    assert [metric[_NAME] for metric in device.metrics] == [b"Speed", b"Running", b"Turns"]
    assert {metric[_DATATYPE] for metric in device.metrics} == {payloads.INT32, payloads.BOOLEAN}
    assert all(certificate.kind in ("NDATA", "DDATA") for certificate in later)


def test_data_is_counted_after_the_births_and_names_only_what_changed_by_alias() -> None:
    edge = Edge()
    born = edge.connect()
    data = [message for _ in range(300) for message in edge.play(1)]
    numbers = [certificate.sequence for certificate in _understood([*born, *data])]
    assert len(numbers) > 300
    assert numbers == [number % 256 for number in range(len(numbers))]
    metrics = [metric for certificate in _understood(data) for metric in certificate.metrics]
    assert not any(metric.keys() & {_NAME, _DATATYPE} for metric in metrics)
    turns = [metric for metric in metrics if metric[_ALIAS] == 5]
    assert 50 <= len(turns) <= 70


def test_each_connection_has_its_own_will_and_begins_to_count_anew() -> None:
    edge = Edge()
    edge.connect()
    edge.play(5)
    (death,) = _understood([edge.lose()])
    assert (death.kind, death.birth_death, death.sequence) == ("NDEATH", 0, None)
    birth = next(_understood(edge.connect()))
    assert (birth.kind, birth.sequence, birth.birth_death) == ("NBIRTH", 0, 1)


def test_numbers_of_lives_begin_again_after_255() -> None:
    edge = Edge()
    lives = [next(_understood([edge.lose()])).birth_death for _ in range(257)]
    assert lives == [*range(256), 0]


def test_a_node_is_born_again_when_a_host_asks_and_only_then() -> None:
    edge = Edge()
    edge.connect()
    edge.play(3)
    assert [one.kind for one in _understood(edge.hear(REBIRTH))] == ["NBIRTH", "DBIRTH"]
    no = payloads.payload(payloads.metric("Node Control/Rebirth", payloads.BOOLEAN, boolean=False))
    other = payloads.payload(payloads.metric("Node Control/Reboot", payloads.BOOLEAN, boolean=True))
    assert edge.hear(no) == edge.hear(other) == []
    assert edge.hear(REBIRTH, "spBv1.0/plant/DCMD/edge/pump") == []


@pytest.mark.parametrize("end", range(len(REBIRTH)))
def test_a_command_that_breaks_off_commands_nothing(end: int) -> None:
    assert payloads.commands(REBIRTH) == {"Node Control/Rebirth"}
    assert payloads.commands(REBIRTH[:end]) == set()


@given(st.binary(max_size=200))
def test_a_command_that_cannot_be_read_hurts_nobody(payload: bytes) -> None:
    assert "Node Control/Rebirth" not in payloads.commands(payload)


def test_a_hub_follows_a_node_through_two_lives_without_asking_for_a_birth() -> None:
    edge = Edge()
    rig = Rig(clock=ManualClock(START_US + 3_600_000_000))
    statuses: list[Status | None] = []
    for _ in range(2):
        said = [*edge.connect(), *edge.play(40), edge.lose()]
        for one in said:
            batch = rig.batch(message(one.topic.decode(), one.payload))
            statuses += [change.status for change in batch.statuses if change.device.id.endswith("/pump")]
    assert statuses == [Status.ONLINE, Status.OFFLINE, Status.ONLINE, Status.OFFLINE]
    assert not rig.normaliser.requests
    assert rig.rejected == {}
    assert rig.series("sparkplug/plant/edge/pump", "speed").unit == "rpm"
    speed = rig.series("sparkplug/plant/edge/pump", "speed").value
    assert isinstance(speed, int)
    assert -80 < speed < 0


def test_a_node_that_stops_properly_says_that_it_died() -> None:
    edge = Edge()
    edge.connect()
    (death,) = _understood(edge.fleet.leave(LINK, START_US))
    assert (death.kind, death.birth_death) == ("NDEATH", 0)


@pytest.mark.parametrize("value", ["ERR 42", None])
def test_a_value_of_the_wrong_type_is_null_as_sparkplug_has_no_other_way(value: str | None) -> None:
    edge = Edge()
    edge.connect()
    pump = edge.fleet.devices[1]
    member = pump.dialect.members[1]
    (said,) = _understood(pump.dialect.say(member, {"Speed": value}, START_US))
    assert said.metrics[0][7] == 1
