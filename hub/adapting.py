"""Adapting: what each part of a hub heeds of the settings; no part reads them itself."""

from __future__ import annotations

import hashlib
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.select import Selection
from hub.gateway.deps import STATIC, GatewayOptions
from hub.history.deadband import Deadband
from hub.history.model import SECOND_US
from hub.history.sqlite.retention import Retention
from hub.history.sqlite.store import SqliteStore
from hub.machine import session_key
from hub.mqtt.broker import BrokerOptions
from hub.mqtt.options import Address, HostState, SubscriberOptions, kept_client_id
from hub.normalise.decoders.sparkplug_host import state_birth, state_will
from hub.normalise.options import NormaliseOptions, SourceField, SourceMetric, SourceRule
from hub.serving import is_loopback

if TYPE_CHECKING:
    from hub.config import Settings
    from hub.history.store import Store


def gateway_options(settings: Settings) -> GatewayOptions:
    """Return what the gateway heeds of the settings.

    Args:
        settings: validated.
    """
    http = settings.http
    index = STATIC / "index.html"
    loopback = is_loopback(http.host)
    return GatewayOptions(
        version=version("telemetry-hub"),
        build=hashlib.sha256(index.read_bytes()).hexdigest()[:8] if index.is_file() else "",
        loopback=loopback,
        secure=bool(http.certificate and http.private_key),
        auth_mode=settings.auth.mode,
        token_hashes=settings.auth.tokens,
        session_key=session_key(settings.data_dir),
        allowed_origins=http.allowed_origins,
        max_connections=http.max_connections,
        compress=http.compression == "on" or (http.compression == "auto" and not loopback),
    )


def subscriber_options(settings: Settings, address: Address) -> SubscriberOptions:
    """Return what the subscriber heeds of the settings.

    Args:
        settings: validated.
        address: of the broker.
    """
    mqtt = settings.mqtt
    host = mqtt.sparkplug_host
    return SubscriberOptions(
        address=address,
        client_id=mqtt.client_id or kept_client_id(settings.data_dir),
        topics=mqtt.topics,
        version=mqtt.version,
        qos=mqtt.qos,
        session_expiry_s=mqtt.session_expiry_s,
        receive_maximum=mqtt.receive_maximum,
        max_payload_bytes=mqtt.max_payload_bytes,
        ca_file=mqtt.ca_file,
        host=HostState(partial(state_birth, host), partial(state_will, host)) if host else None,
    )


def broker_options(settings: Settings) -> BrokerOptions:
    """Return what the embedded broker heeds of the settings.

    Args:
        settings: validated.
    """
    broker = settings.broker
    return BrokerOptions(
        host=broker.host,
        port=broker.port,
        tls_port=broker.tls_port,
        certificate=_path(broker.certificate),
        private_key=_path(broker.private_key),
        password_file=_path(broker.password_file),
        acl_file=_path(broker.acl_file),
    )


def history_store(settings: Settings) -> Store | None:
    """Return the store that the settings name, not opened; None if history is not kept.

    Args:
        settings: validated.

    Raises:
        Unusable: the URL of a database cannot be understood.
    """
    history = settings.history
    if history.url == "none":
        return None
    raw_us, rollup_us = round(history.raw_retention * SECOND_US), round(history.rollup_retention * SECOND_US)
    if history.url != "sqlite":
        from hub.history.postgres.retention import Kept
        from hub.history.postgres.store import PostgresStore

        kept = Kept(raw_us=raw_us, rollup_us=rollup_us, max_bytes=history.max_bytes)
        return PostgresStore(history.url, kept=kept, fsync=history.fsync)
    retention = Retention(raw_us=raw_us, rollup_us=rollup_us, max_bytes=history.max_bytes)
    return SqliteStore(settings.data_dir, retention=retention, fsync=history.fsync)


def deadbands(settings: Settings) -> list[Deadband]:
    """Return what history may leave out.

    Args:
        settings: validated.
    """
    return [
        Deadband(Selection.of(rule.devices, rule.metrics), rule.band, round(rule.longest * SECOND_US))
        for rule in settings.history.deadband
    ]


def _path(text: str) -> Path | None:
    """Return the path that a setting names, None if it is empty."""
    return Path(text) if text else None


def normalise_options(settings: Settings) -> NormaliseOptions:
    """Return what the normaliser heeds of the settings.

    Args:
        settings: validated.
    """
    rules = tuple(
        SourceRule(
            topic=source.topic,
            decoder=source.decoder,
            device=source.device,
            metrics=tuple(SourceMetric(metric.path, metric.name, metric.unit) for metric in source.metric),
            descriptor_set=source.descriptor_set,
            message=source.message,
            fields=tuple(SourceField(**field.model_dump()) for field in source.field),
            endianness=source.endianness,
            longer=source.longer,
        )
        for source in settings.source
    )
    limits = settings.limits
    decoders = settings.decoders
    return NormaliseOptions(
        topic_cache=limits.topic_cache,
        quarantine_topics=limits.quarantine_topics,
        off=frozenset(decoders.off),
        prefixes=decoders.prefixes,
        bases=decoders.bases,
        forced=tuple(decoders.forced.items()),
        zone=decoders.zone,
        zones=tuple(decoders.zones.items()),
        sources=rules,
    )
