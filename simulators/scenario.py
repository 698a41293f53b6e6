"""What a scenario file says: profiles of devices, which devices there are, and what goes wrong with them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simulators.faults import ClockSkew, Fault, Late, Offline
from simulators.formats import LEAST_LEVELS, OWN, WITH_WILL, Format
from simulators.signals import (
    BatterySpec,
    ConstantSpec,
    CounterSpec,
    FollowSpec,
    LevelSpec,
    Positive,
    SolarSpec,
    Value,
)
from simulators.switching import ControlSpec, SawtoothSpec, StatesSpec, ToggleSpec, WordsSpec

MAX_DEVICES = 20_000

_OWN_KEYS = {"topic", "units", "timestamp", "will", "qos", "retain"}
"""Keys of a profile that only formats of no ecosystem look at."""

Metric = Annotated[
    BatterySpec
    | ConstantSpec
    | ControlSpec
    | CounterSpec
    | FollowSpec
    | LevelSpec
    | SawtoothSpec
    | SolarSpec
    | StatesSpec
    | ToggleSpec
    | WordsSpec,
    Field(discriminator="signal"),
]


def _topic(text: str) -> str:
    if not text or set(text) & {"+", "#", "\0"} or "" in text.split("/"):
        message = "must be topic levels joined by /, none empty, without + and #"
        raise ValueError(message)
    return text


def _template(text: str) -> str:
    if "{id}" not in text:
        message = "must contain {id}, which stands for the device's id"
        raise ValueError(message)
    return _topic(text)


def _time_of_day(text: str) -> str:
    hour, _, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):  # noqa: PLR2004  # a day
        message = "must be a time of day such as 14:30"
        raise ValueError(message)
    return text


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Profile(_Table):
    """A kind of device: what it measures and how it says it."""

    format: Format = Format.JSON
    topic: Annotated[str, AfterValidator(_template)] = "{id}"
    """Where its documents go; plain metrics go to `<topic>/<metric>`. Ecosystems have topics of their own."""
    every_s: Positive = 5
    units: Literal["objects", "sibling", "none"] = "objects"
    """Documents: `{"value", "unit"}` for each, one `unit` beside all numbers, or no units."""
    timestamp: Literal["none", "s", "ms", "us", "iso"] = "none"
    will: bool = False
    """It has its own connection, says `online` on `<id>/status`, and its will says `offline` there."""
    qos: Literal[0, 1] = 0
    retain: bool = False
    metrics: dict[Annotated[str, AfterValidator(_topic)], Metric] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        said: set[str] = set()
        for name, metric in self.metrics.items():
            of = metric.refers()
            if of is not None and of not in said:
                message = f"metrics.{name}.of: {of!r} is not said by a metric before it"
                raise ValueError(message)
            said |= metric.says(name)
        self._check_names()
        if self.format in OWN:
            self._check_units()
        elif owned := self.model_fields_set & _OWN_KEYS:
            message = f"{min(owned)} is not for format = {self.format.value!r}, which has its own ways"
            raise ValueError(message)
        return self

    @property
    def has_will(self) -> bool:
        """Whether the broker says so when a device's connection breaks."""
        return self.will or self.format in WITH_WILL

    @property
    def has_time(self) -> bool:
        """Whether messages may carry the device's time."""
        return self.timestamp != "none" or self.format not in OWN

    def _check_names(self) -> None:
        for name in self.metrics:
            parts = name.split(".")
            for end in range(1, len(parts)):
                if (outer := ".".join(parts[:end])) in self.metrics and self.format is not Format.PLAIN:
                    message = f"metrics.{name}: {outer!r} is a value and cannot have others inside"
                    raise ValueError(message)

    def _check_units(self) -> None:
        if (
            self.format is not Format.PLAIN
            and self.units == "sibling"
            and len({m.unit for m in self.metrics.values()}) > 1
        ):
            message = 'units = "sibling" needs one unit for all metrics; use "objects"'
            raise ValueError(message)


class Devices(_Table):
    """Devices of one profile, numbered where their id contains `{n}`."""

    profile: str
    id: str
    count: int = Field(default=1, ge=1, le=MAX_DEVICES)
    first: int = Field(default=1, ge=0)
    every_s: Positive | None = None
    change: dict[str, dict[str, Value | list[Value]]] = Field(default_factory=dict)
    """For single metrics: keys that differ from the profile's."""

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        _topic(self.id)
        if self.count > 1 and "{n}" not in self.id:
            message = "id must contain {n} when count is more than 1"
            raise ValueError(message)
        return self

    def name(self, number: int) -> str:
        """A device's id.

        Args:
            number: Which one, from 0; beyond `count` it is a further one of the same kind.
        """
        if "{n}" in self.id:
            return self.id.replace("{n}", str(self.first + number))
        return self.id if not number else f"{self.id}-{number + 1}"


class Scenario(_Table):
    """A fleet and its faults."""

    title: str = Field(min_length=1)
    description: str = ""
    include: list[str] = Field(default_factory=list)
    """Built-in scenarios whose devices and faults are added."""
    starts_at: Annotated[str, AfterValidator(_time_of_day)] | None = None
    """Time of day at which signals begin; without it the present one (UTC)."""
    profile: dict[str, Profile] = Field(default_factory=dict)
    devices: list[Devices] = Field(min_length=1)
    faults: list[Fault] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids: set[str] = set()
        for index, group in enumerate(self.devices):
            if group.profile not in self.profile:
                message = f"devices.{index}.profile: there is no profile {group.profile!r}"
                raise ValueError(message)
            names = {group.name(number) for number in range(group.count)}
            if ids & names:
                message = f"devices.{index}.id: {min(ids & names)!r} is there twice"
                raise ValueError(message)
            ids |= names
            self._check_levels(index, group)
            self._check_change(index, group)
        if len(ids) > MAX_DEVICES:
            message = f"devices: at most {MAX_DEVICES:,} of them, not {len(ids):,}"
            raise ValueError(message)
        for index, fault in enumerate(self.faults):
            self._check_fault(index, fault)
        return self

    def profile_of(self, group: Devices) -> Profile:
        """A group's profile with what the group changes in it.

        Args:
            group: One of this scenario's groups.
        """
        profile = self.profile[group.profile]
        if not group.change and group.every_s is None:
            return profile
        raw = profile.model_dump(by_alias=True, exclude_unset=True)
        for metric, keys in group.change.items():
            raw["metrics"][metric] |= keys
        return Profile.model_validate(raw | ({"every_s": group.every_s} if group.every_s else {}))

    def _check_levels(self, index: int, group: Devices) -> None:
        spoken = self.profile[group.profile].format
        least = LEAST_LEVELS.get(spoken, 1)
        if group.id.count("/") + 1 < least:
            message = f"devices.{index}.id: with format = {spoken.value!r} it has at least {least} levels"
            raise ValueError(message)

    def _check_change(self, index: int, group: Devices) -> None:
        for metric in group.change:
            if metric not in self.profile[group.profile].metrics:
                message = f"devices.{index}.change: profile {group.profile!r} has no metric {metric!r}"
                raise ValueError(message)
        self.profile_of(group)

    def _check_fault(self, index: int, fault: Fault) -> None:
        concerned = [
            self.profile[group.profile]
            for group in self.devices
            if any(fault.matches(group.name(number)) for number in range(group.count))
        ]
        if not concerned:
            message = f"faults.{index}.devices: {fault.devices!r} matches no device"
            raise ValueError(message)
        if isinstance(fault, Offline) and not any(profile.has_will for profile in concerned):
            message = f"faults.{index}: offline needs devices whose profile has will = true"
            raise ValueError(message)
        if isinstance(fault, ClockSkew | Late) and not any(profile.has_time for profile in concerned):
            message = f"faults.{index}: {fault.kind} needs devices whose profile has a timestamp"
            raise ValueError(message)
