from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.meters import Meters


def test_the_same_name_and_label_value_is_the_same_counter() -> None:
    meters = Meters()
    one = meters.counter("refused", "Refused.", label="limit", value="devices")
    other = meters.counter("refused", "Refused.", label="limit", value="series")
    one.n += 2
    other.n += 1
    assert meters.counter("refused", "Refused.", label="limit", value="devices") is one
    assert dict(meters.by_label("refused")) == {"devices": 2, "series": 1}


def test_a_gauge_is_read_when_somebody_looks_and_replaced_by_a_later_one() -> None:
    meters, state = Meters(), [1.0]
    meters.gauge("level", "A level.", lambda: state[0])
    state[0] = 2.0
    assert meters.gauges["level"].read() == 2.0
    meters.gauge("level", "A level.", lambda: 9.0)
    assert meters.gauges["level"].read() == 9.0


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60))
def test_quantiles_are_of_the_newest_samples_and_totals_of_all(samples: list[float]) -> None:
    latency = Meters().latency("step_seconds", "A step.")
    latency.keep = 20
    assert latency.quantile(0.5) is None
    for sample in samples:
        latency.note(sample)
    newest = sorted(samples[-20:])
    assert sorted(latency.samples) == newest
    assert (latency.quantile(0), latency.quantile(1)) == (newest[0], newest[-1])
    assert latency.total == len(samples)
    assert abs(latency.sum - sum(samples)) < 1e-6
