"""The embedded broker: amqtt in the hub's own process, for a demo and a small site.

It speaks MQTT 3.1.1, keeps everything in memory and takes some 150 µs of a core a message. The hub's own link to it is
a clean session with QoS 0 (see :meth:`EmbeddedBroker.options`): both ends live and die together, so a handshake between
them would protect nothing, and amqtt hands queued messages of a session over with the retain flag set. What a device
sends with QoS 1 is acknowledged when it was received, not when it is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import logging
import secrets
import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from amqtt.adapters import StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin

from hub.core.errors import PortInUse, StartError, Unusable
from hub.mqtt.access import Access, read_access
from hub.mqtt.greeting import MQTT_5, REFUSAL_5, ReplayingReader, read_greeting
from hub.mqtt.options import Address, SubscriberOptions

if TYPE_CHECKING:
    from pathlib import Path

    from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
    from amqtt.session import Session

    from hub.core.meters import Meters

MANY_A_SECOND = 3000
"""Messages a second at which amqtt takes half a core."""
LOOK_EVERY_S = 10.0
"""How often the rate is looked at."""
STOP_TIMEOUT_S = 2.0
"""For amqtt to say goodbye to its clients."""

log = logging.getLogger("hub.mqtt.broker")


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """How to listen; the names are those of the settings in ``[broker]``.

    Args:
        host: address to listen on.
        port: 0 for any free one.
        tls_port: 0 for no TLS.
        certificate: PEM file for TLS.
        private_key: PEM file for TLS.
        password_file: None lets everybody in, which is only taken on loopback.
        acl_file: None allows everything.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    tls_port: int = 0
    certificate: Path | None = None
    private_key: Path | None = None
    password_file: Path | None = None
    acl_file: Path | None = None


class _Users(BaseAuthPlugin):
    """amqtt's question whether a client may connect."""

    @dataclass
    class Config:
        """What amqtt hands to its plugins."""

        access: Any = None

    async def authenticate(self, *, session: Session) -> bool | None:
        """Return True if the client may connect."""
        access: Access = self.context.config.access  # type: ignore[union-attr]
        session.is_anonymous = not session.username
        return await access.admits(session.username, session.password)


class _Topics(BaseTopicPlugin):
    """amqtt's question whether a client may use a topic."""

    @dataclass
    class Config:
        """What amqtt hands to its plugins."""

        access: Any = None

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """Return True if the client may use the topic."""
        access: Access = self.context.config.access  # type: ignore[union-attr]
        if access.rules is None or session is None or topic is None:
            return True
        return access.allows(
            session.username,
            session.client_id or "",
            topic=topic,
            to_write=action is Action.PUBLISH,
            is_filter=action is Action.SUBSCRIBE,
        )


class _Broker(Broker):
    """amqtt's broker, which sends a new client only the retained messages that it subscribed to.

    A will is told only where its client may publish.
    """

    async def _handle_disconnect(
        self, client_session: Session, handler: BrokerProtocolHandler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        """End a connection, without the will that the client might not have published."""
        topic = client_session.will_topic or ""
        if client_session.will_flag and not await self._topic_filtering(client_session, topic, Action.PUBLISH):
            client_session.will_flag = False
        await super()._handle_disconnect(client_session, handler, disconnect_waiter)

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """Send retained messages, unless the subscription is another client's."""
        owners = self.subscriptions.get(subscription[0], [])
        if any(owner.client_id == session.client_id for owner, _ in owners):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class EmbeddedBroker:
    """A broker in this process: ``async with`` it, and ``run()`` inside to be warned of too many messages.

    Args:
        options: where to listen, whom to let in.
        meters: where messages are counted, and connections.
    """

    def __init__(self, *, options: BrokerOptions, meters: Meters) -> None:
        self._options = options
        self._owner = ("telemetry-hub", secrets.token_urlsafe(24))
        self._client_id = f"hub-{secrets.token_hex(16)}"
        self._broker: Broker | None = None
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._received = meters.counter("messages_received", "MQTT messages read from the broker.")
        self._clients = meters.counter("broker_connections", "Connections to the embedded broker.")
        self._refused = meters.counter("broker_refused_versions", "Clients refused because they want MQTT 5.")
        meters.gauge("broker_clients", "Clients connected to the embedded broker.", lambda: len(self._writers))
        self.port = 0
        """The port it really listens on."""
        self.tls_port = 0
        """Likewise, with TLS; 0 without."""

    def options(self, options: SubscriberOptions) -> SubscriberOptions:
        """Return how the hub subscribes at this broker once it listens: clean session, QoS 0, MQTT 3.1.1.

        Nobody knows its client id: amqtt ends the session of whose id a newcomer names, password or not, and does not
        tell whose it was.

        Args:
            options: as set for a real broker.
        """
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self._options.host, self._options.host)  # noqa: S104 - not bound here
        address = Address("mqtt", host, self.port, username=self._owner[0], password=self._owner[1])
        return replace(
            options,
            address=address,
            client_id=self._client_id,
            known_as=options.client_id,
            version="3.1.1",
            qos=0,
            session_expiry_s=0,
        )

    async def __aenter__(self) -> Self:
        """Listen, and return once clients can connect.

        Raises:
            PortInUse: another program listens there.
            Unusable: a certificate, password file or access list cannot be read, or the address cannot be used.
            StartError: anonymous clients would get in from other machines.
        """
        options = self._options
        if options.password_file is None and not _is_loopback(options.host):
            raise StartError(
                f"The embedded broker would let everybody on the network in at {options.host}; "
                "set broker.password_file, or broker.host to 127.0.0.1."
            )
        anonymous = options.password_file is None
        access = read_access(options.password_file, options.acl_file, anonymous=anonymous, owner=self._owner)
        tls = _tls_context(options) if options.tls_port else None
        _quieten()
        self._broker = _Broker(_configuration(access))
        await self._broker.start()
        try:
            self.port = await self._listen(options.port, None, "broker.port")
            if tls is not None:
                self.tls_port = await self._listen(options.tls_port, tls, "broker.tls_port")
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, disconnect everybody, and stop; within a few seconds whatever the clients do."""
        await self._stop()

    async def run(self) -> None:
        """Warn, until cancelled, when there are more messages than an embedded broker is for."""
        many = False
        before = self._received.n
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            rate = (self._received.n - before) / LOOK_EVERY_S
            before = self._received.n
            if rate > MANY_A_SECOND and not many:
                log.warning(
                    "%d messages/s are more than the embedded broker is for; use Mosquitto and set mqtt.url.", rate
                )
            many = rate > MANY_A_SECOND * (0.8 if many else 1.0)

    async def _listen(self, port: int, tls: ssl.SSLContext | None, key: str) -> int:
        """Listen on a port and return which one it is."""
        host = self._options.host
        try:
            server = await asyncio.start_server(self._connected, host or None, port, ssl=tls)
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise PortInUse(host, port, key) from fault
            why = fault.strerror or str(fault)
            raise Unusable("address", f"{host}:{port}", why, "broker.host" if port else key) from fault
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand a connection to amqtt, and close it whatever amqtt does."""
        self._writers.add(writer)
        self._idle.clear()
        self._clients.n += 1
        try:
            greeting = await read_greeting(reader)
            if greeting.level == MQTT_5:
                self._refuse(writer)
            elif self._broker is not None:
                streams = ReplayingReader(reader, greeting.head), StreamWriterAdapter(writer)
                await self._broker.external_connected(*streams, "default")
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass  # it left, or never said what it wanted
        except Exception as error:  # noqa: BLE001 - one client must not trouble the others
            log.debug("A client of the embedded broker failed: %r", error)
        finally:
            self._writers.discard(writer)
            writer.close()  # without waiting: amqtt may have cancelled the future that would be waited for
            if not self._writers:
                self._idle.set()

    def _refuse(self, writer: asyncio.StreamWriter) -> None:
        """Tell a client that only MQTT 3.1.1 is spoken here, and the log so once."""
        if not self._refused.n:
            log.warning(
                "A client wants MQTT 5; the embedded broker speaks 3.1.1 only. Use Mosquitto, or set its version."
            )
        self._refused.n += 1
        writer.write(REFUSAL_5)

    async def _stop(self) -> None:
        """Close the listeners, stop amqtt, and cut the connections that are left."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        broker, self._broker = self._broker, None
        if broker is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await broker.shutdown()
        for writer in list(self._writers):
            writer.transport.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._idle.wait()


def _is_loopback(host: str) -> bool:
    """Return True if only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls_context(options: BrokerOptions) -> ssl.SSLContext:
    """Return what the TLS listener identifies itself with."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if options.certificate is None or options.private_key is None:
        raise StartError("broker.tls_port needs broker.certificate and broker.private_key.")
    try:
        context.load_cert_chain(options.certificate, options.private_key)
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise Unusable("certificate", str(options.certificate), why, "broker.certificate") from fault
    return context


def _configuration(access: Access) -> BrokerConfig:
    """Return amqtt's configuration: connections come from outside, access is asked of ours."""
    plugins = {f"{__name__}._Users": {"access": access}}
    if access.rules is not None:  # each question costs amqtt a task
        plugins[f"{__name__}._Topics"] = {"access": access}
    return BrokerConfig(listeners={"default": ListenerConfig(type=ListenerType.EXTERNAL)}, plugins=plugins)


def _quieten() -> None:
    """Keep amqtt from logging each connection, and each client that hangs up, as an error."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.WARNING)
