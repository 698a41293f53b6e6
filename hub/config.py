"""Settings: every key with its unit, its default and its description; the reference page is generated from here.

Frozen pydantic models; unknown keys are mistakes. Where values come from is :mod:`hub.loading`'s business.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub import checking
from hub.checking import check
from hub.gateway.deps import AuthMode
from hub.gateway.tokens import hash_fault

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|min|h|d|w|y)?")
_SECONDS = {None: 1, "s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


def seconds_of(value: object) -> object:
    """Return a duration in seconds; what is no duration is left for the validator to refuse.

    Args:
        value: a number of seconds, or text such as ``30d``, ``12h``, ``0``.
    """
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) * _SECONDS[found[2]] if found else value


Duration = Annotated[float, BeforeValidator(seconds_of), Field(ge=0)]
Port = Annotated[int, Field(ge=0, le=65_535)]


class _Section(BaseModel):
    """Any section: frozen, and unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MqttSettings(_Section):
    """The broker and what the hub asks of it."""

    url: Annotated[str, check(checking.broker_url_fault)] = Field(
        default="embedded",
        description="embedded, or mqtt://user:password@host:1883, mqtts://…, ws://…/path, wss://…/path",
        json_schema_extra={"secret": "userinfo"},
    )
    topics: Annotated[tuple[str, ...], check(checking.topics_fault)] = Field(
        default=("#",), description="topic filters; overlapping ones are refused; $SYS only if named"
    )
    version: Literal["auto", "5", "3.1.1"] = Field(
        default="auto", description="MQTT version; auto is 5, and 3.1.1 where the broker refuses it"
    )
    qos: int = Field(default=1, ge=0, le=1, description="quality of service asked for, 0 or 1")
    client_id: str = Field(
        default="", max_length=128, description='empty: "hub-" and an id made once, kept in data_dir'
    )
    session_expiry_s: int = Field(
        default=86_400,
        ge=0,
        le=2**32 - 1,
        description="how long the broker keeps messages while the hub is away; 0 for a clean session",
    )
    receive_maximum: int = Field(
        default=1000, ge=1, le=65_535, description="QoS 1 messages not yet acknowledged (MQTT 5)"
    )
    max_payload_bytes: int = Field(
        default=1_048_576,
        ge=128,
        le=268_435_455,
        description="larger messages are skipped while reading, counted and quarantined by topic and size",
    )
    queue_messages: int = Field(
        default=100_000, ge=1000, description="intake bound; the oldest QoS 0 messages go first, then reading pauses"
    )
    queue_bytes: int = Field(default=67_108_864, ge=1_048_576, description="the same bound in bytes")
    sparkplug_host: Annotated[str, check(checking.host_id_fault)] = Field(
        default="",
        description="set: the hub is this Sparkplug host and publishes its birth and will under spBv1.0/STATE/<host>",
    )
    ca_file: str = Field(default="", description="authority to trust with TLS; empty for the system's")


class BrokerSettings(_Section):
    """The embedded broker, used when mqtt.url is embedded."""

    host: str = Field(
        default="127.0.0.1", description="address to listen on; others than loopback need a password file"
    )
    port: Port = Field(default=1883, description="TCP port; 0 for any free one")
    tls_port: Port = Field(default=0, description="TCP port with TLS; 0 for none")
    certificate: str = Field(default="", description="PEM file, needed with tls_port")
    private_key: str = Field(default="", description="PEM file, needed with tls_port")
    password_file: str = Field(default="", description="lines of user:hash (argon2 or bcrypt)")
    acl_file: str = Field(default="", description="who may publish and subscribe to what")


class HttpSettings(_Section):
    """The gateway: dashboard, API, live protocol."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: Port = Field(default=8080, description="TCP port; 0 for any free one")
    certificate: str = Field(default="", description="PEM file; TLS when private_key is set too")
    private_key: str = Field(default="", description="PEM file")
    allowed_origins: tuple[Annotated[str, check(checking.origin_fault)], ...] = Field(
        default=(), description="web origins besides the hub's own that may use it from a browser"
    )
    max_connections: int = Field(default=20_000, ge=1, description="live connections at a time")
    compression: Literal["auto", "on", "off"] = Field(
        default="auto", description="permessage-deflate; auto is off on loopback"
    )


class LogSettings(_Section):
    """The log of batches that everything follows."""

    url: Literal["memory"] = Field(default="memory", description="memory: in this process")
    retention_s: float = Field(default=300, gt=0, description="how long a batch is held, in seconds")
    retention_readings: int = Field(
        default=300_000, ge=1000, description="how many readings are held, about 50 MB; whichever comes first"
    )


class LimitSettings(_Section):
    """What the hub takes; when full, new things are refused, counted and shown, existing ones go on."""

    devices: int = Field(default=50_000, ge=1, description="devices")
    series: int = Field(default=200_000, ge=1, description="series")
    metrics_per_device: int = Field(default=5_000, ge=1, description="series of one device")
    quarantine_topics: int = Field(
        default=1000, ge=1, description="topics in quarantine, 5 samples of 4 KiB each; the least recent goes"
    )
    topic_cache: int = Field(
        default=200_000, ge=1, description="topics whose way of reading is remembered; cleared when full"
    )
    forget_after: Duration = Field(
        default=seconds_of("30d"),
        description="a series silent for so long is removed, a device without series and status likewise; 0 for never",
        validate_default=True,
    )


class DeadbandSettings(_Section):
    """Readings that are left out of history because they hardly differ from the one kept before."""

    devices: tuple[Annotated[str, check(checking.device_filter_fault)], ...] = Field(
        default=("#",), description="topic filters over device ids"
    )
    metrics: tuple[str, ...] = Field(default=("*",), min_length=1, description="globs of metric names")
    band: float = Field(ge=0, description="most that a number left out differs from the one kept before, in its unit")
    longest: Duration = Field(
        default=seconds_of("10min"), description="a reading is kept after so long in any case", validate_default=True
    )


class HistorySettings(_Section):
    """History: what is kept of readings, and how safely."""

    url: Annotated[str, check(checking.history_url_fault)] = Field(
        default="sqlite",
        description="sqlite: in data_dir/history.db; postgresql://user:password@host/database: in a database of its own"
        "; none: readings are not kept, messages acknowledged once published",
        json_schema_extra={"secret": "userinfo"},
    )
    raw_retention: Duration = Field(
        default=seconds_of("30d"),
        description="how long every reading is kept; 0 for ever",
        validate_default=True,
    )
    rollup_retention: Duration = Field(
        default=seconds_of("5y"),
        description="how long buckets of a minute and more, states and statuses are kept; 0 for ever",
        validate_default=True,
    )
    max_bytes: int = Field(
        default=0, ge=0, description="size of history beyond which the oldest readings go before their time; 0: any"
    )
    fsync: bool = Field(
        default=True, description="commits survive a loss of power; a killed process loses nothing either way"
    )
    pending_readings: int = Field(
        default=1_000_000,
        ge=10_000,
        description="readings that may wait for their commit; beyond that QoS 1 stays at the broker",
    )
    deadband: tuple[DeadbandSettings, ...] = Field(
        default=(), description="rules for readings that are left out; the first that fits a series counts"
    )


class AuthSettings(_Section):
    """Who may use the hub."""

    mode: Literal[AuthMode.AUTO, AuthMode.OPEN, AuthMode.REQUIRED] = Field(
        default=AuthMode.AUTO,
        description="auto: open on loopback, required elsewhere; open: only if written; required: a token",
    )
    tokens: tuple[Annotated[str, check(hash_fault)], ...] = Field(
        default=(), description="hashes of tokens, made by hub token create", json_schema_extra={"secret": "whole"}
    )


class DecoderSettings(_Section):
    """The decoders of ecosystems; all of them listen unless they are switched off."""

    off: tuple[str, ...] = Field(default=(), description="names of decoders that are switched off")
    prefixes: dict[str, str] = Field(
        default_factory=dict,
        description="by decoder: what its device ids begin with instead of its name; empty for nothing",
    )
    bases: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="by decoder: the base topics of its installations; ids of all but the first begin with theirs",
    )
    forced: dict[str, str] = Field(
        default_factory=dict,
        description="by topic filter, the first wins: the decoder that reads those topics, whoever else might",
    )
    zone: str = Field(
        default="",
        description="time zone (IANA name) of devices that tell local times; empty: such a time is not believed",
    )
    zones: dict[str, str] = Field(
        default_factory=dict, description="by topic filter, the first wins: the zone where it is another"
    )


class SourceMetricSettings(_Section):
    """One metric of a source rule."""

    path: str = Field(description="JSONPath (RFC 9535)")
    name: str = Field(min_length=1, description="the metric's name")
    unit: str = Field(default="", description="its unit, empty for none")


class SourceFieldSettings(_Section):
    """One field of a fixed binary layout (decoder struct), after the one before it."""

    name: str = Field(
        min_length=1, description="the metric's name; ts, time, timestamp, … with a time in it dates the others"
    )
    type: str = Field(
        description="one of u8, i8, u16, i16, u24, i24, … u64, i64; f16, f32, f64; bool (a byte); text, bytes"
    )
    endianness: Literal["", "little", "big"] = Field(default="", description="little or big; empty for the rule's")
    scale: float = Field(default=1, description="what a number is multiplied by")
    offset: float = Field(default=0, description="what is added then")
    unit: str = Field(default="", description="its unit, empty for none")
    skip: int = Field(default=0, ge=0, description="bytes before it that are not read")
    length: int = Field(default=0, ge=0, description="bytes of text and bytes; text may end earlier with a NUL")


class SourceSettings(_Section):
    """A rule for what no built-in decoder claims, or to override one."""

    topic: Annotated[str, check(checking.topic_template_fault)] = Field(
        description="a topic filter whose levels may be {placeholders}"
    )
    decoder: str = Field(
        default="json",
        description="the decoder that reads the payload; protobuf and struct read what the rule describes",
    )
    device: str = Field(default="", description="the device's id, made of placeholders; empty leaves it to the decoder")
    metric: tuple[SourceMetricSettings, ...] = Field(default=(), description="what to read; empty for everything")
    descriptor_set: str = Field(
        default="",
        description=(
            "of protobuf: the file that protoc --include_imports --descriptor_set_out=… wrote; relative to the"
            " configuration file"
        ),
    )
    message: str = Field(default="", description="of protobuf: the full name of the payload's message")
    field: tuple[SourceFieldSettings, ...] = Field(
        default=(), description="of struct: the fields in the order in which they stand in the payload"
    )
    endianness: Literal["little", "big"] = Field(default="little", description="of struct: order of the bytes")
    longer: bool = Field(default=False, description="of struct: whether more bytes may follow, which are not read")


class Settings(_Section):
    """All settings of a hub."""

    data_dir: Path = Field(
        default=Path("data"),
        description="what the hub keeps; relative to the configuration file, else to the working directory",
    )
    mqtt: MqttSettings = MqttSettings()
    broker: BrokerSettings = BrokerSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    limits: LimitSettings = LimitSettings()
    history: HistorySettings = HistorySettings()
    auth: AuthSettings = AuthSettings()
    decoders: DecoderSettings = DecoderSettings()
    source: tuple[SourceSettings, ...] = ()
