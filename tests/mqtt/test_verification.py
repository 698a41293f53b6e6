"""The bulk reader is only used with the paho releases it was verified with; else the stock reader says so."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import pytest
from paho.mqtt import client as paho

from hub.core.raw import RawMessage
from hub.mqtt.reader import BulkReader
from hub.mqtt.stock import StockReader
from hub.mqtt.verification import reader_class
from tests.mqtt.wire import Trace, connected, new_client, packet, publish

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_installed_paho_is_one_that_was_verified() -> None:
    assert reader_class() == (BulkReader, "")
    assert importlib.metadata.version("paho-mqtt").startswith("2.2.")


@pytest.mark.parametrize("version", ["2.1.0", "2.3.0", "3.0.0", "1.6.1", "2", "unknown"])
def test_another_release_gets_the_stock_reader(version: str) -> None:
    chosen, why = reader_class(version)
    assert chosen is StockReader
    assert version in why


def lost_method(patch: pytest.MonkeyPatch) -> None:
    patch.delattr(paho.Client, "_packet_queue")


def other_parameters(patch: pytest.MonkeyPatch) -> None:
    def _sock_recv(self: paho.Client, size: int, more: bool) -> bytes:  # noqa: FBT001, ARG001 - a signature that does not fit
        return b""

    patch.setattr(paho.Client, "_sock_recv", _sock_recv)


def lost_attribute(patch: pytest.MonkeyPatch) -> None:
    made = paho.Client.__init__

    def init(self: paho.Client, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        del self._ping_t

    patch.setattr(paho.Client, "__init__", init)


def other_behaviour(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(paho.Client, "_packet_handle", lambda _self: paho.MQTT_ERR_SUCCESS)


def failing_behaviour(patch: pytest.MonkeyPatch) -> None:
    def fail(_self: paho.Client) -> paho.MQTTErrorCode:  # type: ignore[name-defined]
        raise LookupError("elsewhere")

    patch.setattr(paho.Client, "_packet_handle", fail)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lost_method, "another _packet_queue"),
        (other_parameters, "another _sock_recv"),
        (lost_attribute, "no _ping_t"),
        (other_behaviour, "does not read a short stream"),
        (failing_behaviour, "fails at a short stream"),
    ],
)
def test_a_paho_that_is_built_differently_gets_the_stock_reader(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None], phrase: str
) -> None:
    with monkeypatch.context() as patch:
        change(patch)
        chosen, why = reader_class()
    assert chosen is StockReader
    assert phrase in why


def stock_client(trace: Trace, *, max_payload_bytes: int = 1 << 20) -> StockReader:
    client = new_client(version_5=False)
    client.__class__ = StockReader
    assert isinstance(client, StockReader)
    client.begin(trace.take, max_payload_bytes=max_payload_bytes)
    return client


def test_the_stock_reader_hands_messages_over_in_lists() -> None:
    trace = Trace()
    client = stock_client(trace, max_payload_bytes=1000)
    lists: list[int] = []

    def take(messages: list[RawMessage], size_bytes: int, marks: int) -> None:
        lists.append(len(messages))
        trace.take(messages, size_bytes, marks)

    client._sink = take
    with connected(client) as far:
        far.sendall(
            publish(b"a", b"1")
            + publish(b"\xff", b"2", flags=3, packet_id=9)
            + publish(b"big", b"x" * 1001)
            + packet(0xD0, b"")
            + publish(b"b", b"3")
        )
        for _ in range(3):
            client.read()
    assert trace.messages == [
        RawMessage(b"a", b"1"),
        RawMessage(b"\xff", b"2", 3, 9),
        RawMessage(b"big", b"", skipped_bytes=1001),
        RawMessage(b"b", b"3"),
    ]
    assert lists == [3, 1]
    assert trace.marks & 2


def test_the_stock_reader_acknowledges_in_order() -> None:
    client = stock_client(Trace())
    assert not client.acknowledge([1])
    with connected(client) as far:
        assert client.acknowledge([5, 300])
        assert far.recv(100) == b"\x40\x02\x00\x05\x40\x02\x01\x2c"
        client.rest()
        client.drop()
        client.drop()
