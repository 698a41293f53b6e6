"""The parameters and bodies of requests: what is read, what is refused, and at which cost."""

from __future__ import annotations

import time

import pytest
from starlette.datastructures import QueryParams

from hub.gateway.problems import BadRequest
from hub.gateway.queries import MAX_PARAMETERS, DevicesQuery, Query, parse_query


def test_a_repeated_parameter_is_a_list_where_one_is_meant() -> None:
    query = parse_query(DevicesQuery, QueryParams("devices=a/%2B&limit=5&devices=b/%23"))
    assert (query.devices, query.limit) == (["a/+", "b/#"], 5)


def test_a_parameter_given_twice_is_named_where_no_list_is_meant() -> None:
    with pytest.raises(BadRequest, match="limit: is given more than once"):
        parse_query(DevicesQuery, QueryParams("limit=5&limit=5"))


def test_an_address_with_endless_parameters_is_refused_without_looking_at_each() -> None:
    parameters = QueryParams([(f"p{number}", "") for number in range(20_000)])
    started_s = time.process_time()
    with pytest.raises(BadRequest) as caught:
        parse_query(Query, parameters)
    assert time.process_time() - started_s < 1
    assert len(caught.value.errors) == 1
    assert str(MAX_PARAMETERS) in str(caught.value)
