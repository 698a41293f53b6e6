"""The bench of decoders reads what it says it reads."""

from __future__ import annotations

from bench.decoders import ddata_us, measure, subjects


def test_every_message_that_gives_readings_is_measured() -> None:
    found = subjects()
    figures = measure(1)
    assert sum(figure.messages for figure in figures) == len(found)
    assert {figure.decoder for figure in figures} >= {"sparkplug", "json", "plain", "thingsboard"}
    assert all(figure.median_us <= figure.most_us for figure in figures)


def test_a_metric_of_ddata_is_measured() -> None:
    assert ddata_us(1) > 0
