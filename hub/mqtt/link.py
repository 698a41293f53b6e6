"""A link: one connection to the broker, from the socket to its end. Each connection is a new object.

It is an aiomqtt client whose paho client became a bulk reader. What is different from aiomqtt: the event loop opens the
socket, so that cancelling never leaves a half-open session behind; a broker that hangs up before it answers is noticed
at once; reading can pause; messages go to the intake instead of a queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from typing import TYPE_CHECKING, Any

import aiomqtt
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hub.core.errors import LinkError
from hub.mqtt import reasons
from hub.mqtt.dial import dial
from hub.mqtt.polling import Polling

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

    from hub.core.clock import Clock
    from hub.core.raw import RawMessage, Request
    from hub.mqtt.intake import Intake
    from hub.mqtt.options import SubscriberOptions
    from hub.mqtt.reader import BulkReader
    from hub.mqtt.stock import StockReader

ANSWER_TIMEOUT_S = 10.0
"""For connecting until the session is accepted, and for each answer after that."""
KEEPALIVE_S = 15
"""Silence after which the broker is asked for a sign of life; after as much again the link is dead."""
CLOSE_TIMEOUT_S = 1.0
"""For the last words and the goodbye."""
TICK_S = 1.0
"""How often keepalive is looked at."""


class Link(aiomqtt.Client):
    """One connection to the broker: ``await open()``, use, ``await close()`` or ``drop()``.

    Args:
        options: whom to connect to, and as whom.
        version_5: True for MQTT 5, else 3.1.1.
        reader_class: what reads; see :func:`hub.mqtt.verification.reader_class`.
        tls: verifies the broker; None for a plain connection.
        intake: takes the messages.
        clock: dates what a Sparkplug host says; its birth and will carry the same time.
    """

    _client: BulkReader | StockReader

    def __init__(
        self,
        options: SubscriberOptions,
        *,
        version_5: bool,
        reader_class: type[BulkReader | StockReader],
        tls: ssl.SSLContext | None,
        intake: Intake,
        clock: Clock,
    ) -> None:
        self._options = options
        self._clock = clock
        self._began_ms = clock.now_us() // 1000
        address = options.address
        clean = options.session_expiry_s == 0
        self._tls = tls
        super().__init__(
            address.host,
            address.port,
            username=address.username or None,
            password=address.password or None,
            identifier=options.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if version_5 else aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(*self._will(), qos=1, retain=True),
            clean_session=None if version_5 else clean,
            clean_start=clean if version_5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=_connect_properties(options) if version_5 else None,
            transport="websockets" if address.is_websocket else "tcp",
            websocket_path=address.path if address.is_websocket else None,
            tls_context=tls,
            timeout=math.inf,  # the link has its own
            keepalive=KEEPALIVE_S,
        )
        self.session_present = False
        self.refusal = 0
        """Reason code with which the broker refused the session; 0 if it did not."""
        self._intake = intake
        self._why = ""
        self._dropped = False
        self._in_thread = False
        self._dialled: socket.socket | None = None
        self._sock: Any = None  # a socket, or paho's wrapper of one
        self._client.disable_logger()  # what goes wrong becomes the feed's reason
        self._client.__class__ = reader_class
        self._polling = Polling(self._loop, read=self._client.read, failed=self._broke)

    async def open(self) -> None:
        """Connect and return once the broker has accepted the session. Cancelling it leaves nothing behind.

        Raises:
            LinkError: the broker cannot be reached, hangs up or refuses; ``refusal`` holds its code if it gave one.
        """
        try:
            async with self._answered():
                if self._client.takes_socket:
                    self._dialled = await dial(self._options.address, self._tls)
                self._client.begin(self._put, max_payload_bytes=self._options.max_payload_bytes, dialled=self._dialled)
                await self.__aenter__()
        except BaseException:
            self.drop()
            raise

    async def subscribe_all(self) -> list[ReasonCode]:
        """Subscribe to all topics and return the broker's answer to each, in order.

        Raises:
            LinkError: the link broke, or the broker does not answer.
        """
        async with self._answered():
            answers = await self.subscribe([(topic, self._options.qos) for topic in self._options.topics])
        return list(answers)  # type: ignore[arg-type] # paho's newer callbacks always give reason codes

    async def say(self, status: str) -> None:
        """Publish the hub's own status, retained.

        Args:
            status: ``online`` or ``offline``.

        Raises:
            LinkError: the link broke, or the broker does not answer.
        """
        async with self._answered():
            host = self._options.host
            if host is not None:
                alive = status == "online"
                said = host.birth(self._began_ms) if alive else host.death(self._clock.now_us() // 1000)
                await self.publish(*said, qos=1, retain=True)
            await self.publish(self._options.status_topic, status.encode(), qos=1, retain=True)

    async def ask(self, request: Request) -> None:
        """Publish a request to a device, QoS 0, not retained.

        Args:
            request: topic and payload.

        Raises:
            LinkError: the link broke.
        """
        async with self._answered():
            await self.publish(request.topic, request.payload)

    def _will(self) -> tuple[str, bytes]:
        """Return topic and payload of what the broker is to say when the link breaks."""
        host = self._options.host
        return (self._options.status_topic, b"offline") if host is None else host.death(self._began_ms)

    @contextlib.asynccontextmanager
    async def _answered(self) -> AsyncIterator[None]:
        """Turn whatever goes wrong in a block, taking too long included, into a :class:`LinkError` with its reason."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                yield
        except TimeoutError:
            raise LinkError(reasons.SILENT) from None
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            permanent = self.refusal in reasons.PERMANENT
            raise LinkError(self._why or reasons.fault_of(error), permanent=permanent) from error

    async def ended(self) -> None:
        """Wait until the connection is over, looking after keepalive meanwhile. Cancelling it loses nothing.

        Raises:
            LinkError: always, with the reason.
        """
        while not self._disconnected.done():
            await asyncio.wait((self._disconnected,), timeout=TICK_S)
            if self._polling.paused:
                self._client.rest()
            try:
                self._client.loop_misc()
            except Exception as error:  # noqa: BLE001 - whatever it is, this connection is over
                self._broke(error)
        why = self._disconnected.exception()
        raise LinkError(self._why or (reasons.fault_of(why) if why else "the broker closed the connection"))

    async def close(self) -> None:
        """Say goodbye within a second, then drop; raises nothing but being cancelled."""
        try:
            if not self._disconnected.done() and not self._dropped:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self.say("offline")
                    self._client.disconnect()
                    await asyncio.wait((self._disconnected,))
        except (LinkError, TimeoutError, OSError):
            pass  # the broker tells the will instead
        finally:
            self.drop()

    def drop(self) -> None:
        """End the connection at once; twice is once."""
        self._dropped = True
        self._client.drop()
        dialled, self._dialled = self._dialled, None
        if dialled is not None and self._in_thread:
            with contextlib.suppress(OSError):
                dialled.shutdown(socket.SHUT_RDWR)  # ends the thread's handshake; it closes the socket
        elif dialled is not None:
            dialled.close()
        for future in (self._connected, self._disconnected):
            if future.done() and not future.cancelled():
                future.exception()  # it was told already, or nobody wants to know

    def acknowledge(self, packet_ids: Sequence[int]) -> bool:
        """Send one PUBACK for each packet id; see :class:`hub.mqtt.receipts.Connection`."""
        return not self._dropped and self._client.acknowledge(packet_ids)

    def pause_reading(self) -> None:
        """Stop reading from the socket; see :class:`hub.mqtt.intake.Source`."""
        self._polling.pause()

    def resume_reading(self) -> None:
        """Read again; see :class:`hub.mqtt.intake.Source`."""
        self._polling.resume()

    def _put(self, messages: list[RawMessage], size_bytes: int, marks: int) -> None:
        """Hand the messages of one read to the intake."""
        self._intake.put(messages, self, size_bytes=size_bytes, marks=marks)

    def _writable(self) -> None:
        """Write what waits."""
        try:
            self._client.loop_write()
        except Exception as error:  # noqa: BLE001 - as above
            self._broke(error)
        if self._sock is not None and not self._client.want_write():
            self._loop.remove_writer(self._sock.fileno())

    def _broke(self, error: Exception) -> None:
        """End the connection because of a fault while reading or writing."""
        for future in (self._connected, self._disconnected):
            if not future.done():
                future.set_exception(error)
                break
        self._client.drop()

    def _client_connect(self) -> None:
        """Do what of connecting paho can only do in a thread: the WebSocket handshake, and the stock reader's all."""
        self._in_thread, dialled = True, self._dialled
        try:
            super()._client_connect()
        except BaseException:
            if dialled is not None:
                dialled.close()
            raise
        finally:
            self._in_thread = False

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401 - paho's
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        """Note whether the broker knew the session, or why it refused."""
        self.session_present = flags.session_present
        if reason_code.is_failure and not self._connected.done():
            self.refusal = reason_code.value
            self._why = reasons.told_by_broker(reason_code)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401 - paho's
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        """Note why; and end the wait for the broker's answer, which aiomqtt lets run into its timeout."""
        if not self._connected.done():
            self._why = reasons.HUNG_UP
            self._connected.set_exception(aiomqtt.MqttError(self._why))
            return
        if not self._why and reason_code.is_failure:
            told = flags.is_disconnect_packet_from_server
            self._why = reasons.told_by_broker(reason_code) if told else reasons.noticed_here(reason_code)
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        """Have the loop read the socket; called from the thread that connects."""
        del client, userdata
        self._loop.call_soon_threadsafe(self._start_reading, sock)

    def _start_reading(self, sock: Any) -> None:  # noqa: ANN401 - paho's
        """Read the socket from now on, unless nobody wants it any more."""
        if self._dropped:
            self._client.drop()
        elif self._client.socket() is not None:
            self._sock, self._dialled = sock, None
            self._polling.start(sock)

    def _on_socket_close(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        """Have the loop forget the socket."""
        del client, userdata
        self._sock = None
        self._polling.stop()
        if sock.fileno() >= 0:
            self._loop.remove_writer(sock.fileno())

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        """Have the loop write what waits; called from any thread."""
        del client, userdata, sock
        self._loop.call_soon_threadsafe(self._start_writing)

    def _start_writing(self) -> None:
        """Write as soon as the socket can take it, unless that happened already."""
        if self._sock is not None and self._client.want_write():
            self._loop.add_writer(self._sock.fileno(), self._writable)

    def _on_socket_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        """Stop writing."""
        del client, userdata
        if sock.fileno() >= 0:
            self._loop.remove_writer(sock.fileno())


def _connect_properties(options: SubscriberOptions) -> Properties:
    """Return what an MQTT 5 broker is told of the session (MQTT 5.0 §3.1.2.11)."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = options.session_expiry_s
    properties.ReceiveMaximum = options.receive_maximum
    properties.TopicAliasMaximum = 0
    return properties
