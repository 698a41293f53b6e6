"""Queries: the parameters and bodies that requests may have; what validates them also describes them in OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, get_origin

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hub.core.model import Status  # noqa: TC001 - pydantic reads the annotations at run time
from hub.core.select import MAX_FILTER_BYTES, MAX_FILTERS, MAX_GLOBS, filter_fault
from hub.gateway import moments
from hub.gateway.problems import BadRequest, FieldError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from starlette.datastructures import QueryParams

DEFAULT_LIMIT = 1_000
MAX_LIMIT = 10_000
MAX_QUERY_CHARS = 1_024
MAX_PARAMETERS = 1_024
"""Most parameters of a request, repeated ones included; a URL has no bound of its own, and anybody may send one."""
MAX_TOPIC_BYTES = 65_535
"""An MQTT string's length (MQTT 3.1.1 §1.5.3)."""


def _filter(text: str) -> str:
    """Return a filter that is valid."""
    fault = filter_fault(text)
    if fault is not None:
        raise ValueError(fault)
    return text


def _cleartext(text: object) -> object:
    """Return a text that is Unicode: a percent sequence may be no UTF-8, JSON may hold a lone surrogate."""
    try:
        if isinstance(text, str):
            text.encode()
    except UnicodeEncodeError as error:
        message = "is not valid Unicode"
        raise ValueError(message) from error
    return text


_UNICODE = BeforeValidator(_cleartext)
Text = Annotated[str, _UNICODE]
Filter = Annotated[Text, AfterValidator(_filter)]
Glob = Annotated[str, Field(min_length=1, max_length=MAX_FILTER_BYTES), _UNICODE]
Filters = Annotated[
    list[Filter],
    Field(
        max_length=MAX_FILTERS,
        description="Topic filters over device ids, with `+` and `#` as MQTT has them; may be repeated. None: all.",
        examples=[["sites/a/#"]],
    ),
]
Globs = Annotated[
    list[Glob],
    Field(
        max_length=MAX_GLOBS,
        description="Metric names, where `*` is any run of characters and `?` one; may be repeated. None: all.",
        examples=[["temperature", "battery*"]],
    ),
]
Units = Annotated[
    Literal["SI", "metric", "imperial"] | None,
    Field(
        description=(
            "Convert numbers into this system: `SI` (K, m, kg, Pa, J), `metric` (°C, km/h, hPa) or `imperial` (°F, mph,"
            " inHg). Units that it leaves alone or nobody knows stay. None: as the devices say."
        ),
        examples=["imperial"],
    ),
]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Most rows of the answer.")]
Cursor = Annotated[Text | None, Field(description="`next` of the page before; opaque.")]
Search = Annotated[
    str,
    Field(
        max_length=MAX_QUERY_CHARS,
        description=(
            'Terms that must all hold: words, `"phrases"`, `field:value` and `metric op number unit`, with `-` for not'
            " and `*` for any run of characters."
        ),
        examples=["temperature>80 place:harbour -status:offline"],
    ),
    _UNICODE,
]
Moment = Annotated[str, Field(min_length=1, max_length=64, description=f"{moments.HELP}."), _UNICODE]
DeviceId = Annotated[str, Field(min_length=1, max_length=4_096, description="The device's id."), _UNICODE]
Metric = Annotated[str, Field(min_length=1, max_length=4_096, description="The metric's dotted name."), _UNICODE]


class Query(BaseModel):
    """The parameters of an endpoint that takes none, and the rules for those of all others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DevicesQuery(Query):
    """Which devices to list."""

    devices: Filters = []
    status: list[Status] = Field(default=[], max_length=8, description="Statuses; may be repeated. None: all.")
    q: Search = ""
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


class DeviceQuery(Query):
    """Which device to show."""

    device: DeviceId
    units: Units = None


class SeriesQuery(Query):
    """Which series to list."""

    q: Search = ""
    devices: Filters = []
    metrics: Globs = []
    units: Units = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


class LatestQuery(Query):
    """Which latest readings to give."""

    devices: Filters = []
    metrics: Globs = []
    units: Units = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


class ScrapeQuery(Query):
    """Which readings to expose to Prometheus."""

    devices: Filters = []
    metrics: Globs = []
    units: Units = None


class EventsQuery(Query):
    """One subscription of the live protocol."""

    devices: Filters = []
    metrics: list[Annotated[str, Field(max_length=256), _UNICODE]] = Field(
        default=[],
        max_length=MAX_GLOBS,
        description="As elsewhere; one that is empty (`metrics=`) asks for devices and statuses only.",
    )
    mode: Literal["latest", "every"] = Field(
        default="latest", description="`latest`: the newest value of each series; `every`: every reading."
    )
    interval_ms: int = Field(
        default=100, ge=0, le=60_000, description="Least time between two frames; rounded up to a class. 0: none."
    )
    since: Annotated[
        str | None,
        Field(max_length=128, description="A position up to which this selection is held; `Last-Event-ID` wins."),
        _UNICODE,
    ] = None
    units: Units = None


class ExplainQuery(Query):
    """Which series to explain."""

    device: DeviceId
    metric: Metric


class HistoryQuery(Query):
    """Which window of history to give."""

    device: DeviceId
    metric: Metric
    start: Moment = "-1h"
    end: Moment = "now"
    points: int = Field(default=1_000, ge=1, le=10_000, description="Most points of the answer.")
    aggregate: Literal["minmax", "mean", "last", "raw", "states"] = Field(
        default="minmax",
        description=(
            "`minmax`: buckets with count, least, greatest, mean and last, or each reading where they are few; of what"
            " is no number, its changes. `mean`, `last`: that column only. `raw`: all readings. `states`: all changes."
        ),
    )
    units: Units = None
    cursor: Cursor = None


class ExportQuery(Query):
    """Which readings to export, and how."""

    devices: Filters = []
    metrics: Globs = []
    start: Moment = "-24h"
    end: Moment = "now"
    format: Literal["csv", "ndjson", "parquet"] = Field(
        default="csv", description="`parquet` needs the extra `telemetry-hub[parquet]`."
    )


class SubmitQuery(Query):
    """How to read line protocol; other notations say it all themselves."""

    precision: Literal["ns", "us", "ms", "s"] | None = Field(
        default=None, description="Of the times in line protocol. None: their magnitude tells it."
    )
    device: Text = Field(
        default="", max_length=1_024, description="The device of lines in line protocol whose tags name none."
    )


class QuarantineQuery(Query):
    """How much of the quarantine to show."""

    reason: Text = Field(default="", max_length=64, description="Only topics with this reason.")
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


class DecodeBody(BaseModel):
    """A message to try; nothing of it is stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: Text = Field(min_length=1, max_length=MAX_TOPIC_BYTES, description="The topic it would be published to.")
    payload: Text | None = Field(default=None, description="The payload as text; this or `payload_base64`.")
    payload_base64: Text | None = Field(default=None, description="The payload's bytes in base64.")
    retain: bool = Field(default=False, description="Whether it would be delivered as a retained message.")
    content_type: Text = Field(default="", max_length=MAX_TOPIC_BYTES, description="The MQTT 5 property.")


class SessionBody(BaseModel):
    """A token, to be exchanged for a cookie."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Text = Field(min_length=1, max_length=512, description="A token of `hub token create`.")


Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=BaseModel)


def parse_query(model: type[Q], parameters: QueryParams) -> Q:
    """Return the parameters of a request.

    Args:
        model: what is allowed.
        parameters: what was sent; lists are repeated parameters.

    Raises:
        BadRequest: for unknown parameters, one given twice, bad values: all of them at once.
    """
    sent: dict[str, list[str]] = {}
    for name, value in parameters.multi_items():
        sent.setdefault(name, []).append(value)
    count = sum(map(len, sent.values()))
    if count > MAX_PARAMETERS:
        message = f"has {count} parameters; at most {MAX_PARAMETERS} are possible"
        raise BadRequest([FieldError(field="query", message=message)])
    given: dict[str, str | list[str]] = {}
    errors = []
    for name, values in sent.items():
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is list:
            given[name] = values
        elif len(values) > 1:
            errors.append(FieldError(field=name, message="is given more than once"))
        else:
            given[name] = values[0]
    try:
        query = model.model_validate(given)
    except ValidationError as error:
        errors += [_explained(detail, model) for detail in error.errors(include_url=False, include_input=False)]
    if errors:
        raise BadRequest(errors)
    return query


def parse_body(model: type[B], body: bytes) -> B:
    """Return the JSON body of a request.

    Args:
        model: what is allowed.
        body: what was sent.

    Raises:
        BadRequest: if it is no JSON, or not what is allowed.
    """
    try:
        return model.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        message = f"is not JSON: {error}"
        raise BadRequest([FieldError(field="body", message=message)], code="bad_body") from error
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise BadRequest([_explained(detail, model) for detail in details], code="bad_body") from error


def _explained(detail: ErrorDetails, model: type[BaseModel]) -> FieldError:
    """Return a validation error in words, with the field it is about."""
    place = [str(part) for part in detail["loc"]]
    field = place[0] if place else "body"
    message = detail["msg"].removeprefix("Value error, ")
    match detail["type"]:
        case "extra_forbidden":
            message = f"is not known here; known: {', '.join(model.model_fields) or 'none'}"
        case "missing":
            message = "is missing"
        case _ if len(place) > 1 and place[1].isdigit():
            message = f"number {int(place[1]) + 1}: {message}"
        case _:
            pass
    return FieldError(field=field, message=message)
