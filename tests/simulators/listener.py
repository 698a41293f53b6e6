"""A subscriber that keeps what it hears, so that a test can look at what really came out of a broker."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.broker import Mosquitto

TIMEOUT_S = 20.0


class Heard(NamedTuple):
    """One message as a subscriber gets it."""

    topic: str
    payload: bytes
    retain: bool
    qos: int


class Listener:
    """Subscribes on entering, collects messages in order, and waits for conditions on them."""

    def __init__(self, broker: Mosquitto, topics: str = "#", *, qos: int = 1) -> None:
        self.messages: list[Heard] = []
        self._broker = broker
        self._topics = topics
        self._qos = qos
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect(self._broker.host, self._broker.port)
        self._client.loop_start()
        assert self._ready.wait(TIMEOUT_S), "the listener could not subscribe"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_for(self, condition: Callable[[list[Heard]], bool], *, timeout_s: float = TIMEOUT_S) -> list[Heard]:
        """Everything heard once the condition holds; fails when it does not come to hold in time."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.messages), timeout_s), (
                f"heard only {len(self.messages)} messages, the last {self.messages[-3:]}"
            )
            return list(self.messages)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(self._topics, self._qos)

    def _on_subscribe(self, *_: Any) -> None:
        self._ready.set()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.messages.append(Heard(message.topic, bytes(message.payload), bool(message.retain), message.qos))
            self._changed.notify_all()
