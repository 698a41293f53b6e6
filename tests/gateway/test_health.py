from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.gateway.answers import StatusAnswer
from hub.gateway.rates import Rates
from hub.gateway.readiness import PATIENCE_S, Readiness

if TYPE_CHECKING:
    import httpx

    from tests.gateway.stand import Stand


def test_a_hub_is_ready_once_its_state_is_restored_and_the_broker_has_granted() -> None:
    readiness = Readiness(clock=ManualClock())
    assert "restored" in (readiness.missing or "")
    readiness.say_restored()
    assert "broker" in (readiness.missing or "")
    readiness.say_granted()
    assert readiness.missing is None


def test_a_broker_that_cannot_be_reached_is_waited_for_ten_seconds_only() -> None:
    clock = ManualClock()
    readiness = Readiness(clock=clock)
    clock.advance(PATIENCE_S)
    assert readiness.missing is not None
    readiness.say_restored()
    assert readiness.missing is None


def test_ready_once_is_ready_for_good() -> None:
    clock = ManualClock()
    readiness = Readiness(clock=clock)
    readiness.say_restored()
    clock.advance(PATIENCE_S)
    assert readiness.missing is None
    clock.advance(-PATIENCE_S)
    assert readiness.missing is None


async def test_readyz_follows_and_healthz_does_not(stand: Stand, http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "restored" in answer.json()["detail"]
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    stand.readiness.say_restored()
    stand.readiness.say_granted()
    assert (await http.get("/readyz")).json() == {"status": "ready"}


async def test_the_status_says_how_the_hub_is(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.feeds.say("mqtt", up=True, address="mqtt://broker:1883")
    stand.feeds.say("mqtt", up=False, reason="connection refused")
    stand.hears("bad/one", b"\xff\xfe\x00")
    stand.broadcaster.latency.note(0.002)
    stand.clock.advance(5)
    found = (await http.get("/api/v1/status")).json()
    StatusAnswer.model_validate(found)
    assert found["version"] == "0.1.0"
    assert found["uptime_s"] == 7
    assert found["auth"] == "open"
    assert found["ready"] is False
    assert found["log"]["position"].startswith("k3f9:")
    assert found["devices"] == 3
    assert found["series"] == 6
    assert found["clients"] == {"live": 0, "events": 0, "lagging": 0}
    assert found["latency"]["p50_ms"] == 2
    feed = found["feeds"][0]
    assert (feed["source"], feed["up"], feed["reason"]) == ("mqtt", False, "connection refused")
    assert feed["address"] == "mqtt://broker:1883"
    assert [drop["name"] for drop in found["drops"]] == ["quarantined"]
    assert found["drops"][0]["total"] == 1
    assert found["gauges"]["devices"] == 3


def test_rates_are_means_of_the_last_ten_seconds() -> None:
    clock, meters = ManualClock(), Meters()
    counter, rates = meters.counter("messages", "Messages."), Rates(meters=meters, clock=clock)
    assert rates.per_s(counter) is None
    for _ in range(30):
        rates.sample()
        clock.advance(1)
        counter.n += 5
    assert rates.per_s(counter) == 5
    for _ in range(11):
        rates.sample()
        clock.advance(1)
    assert rates.per_s(counter) == 0
    late = meters.counter("late", "Made after the samples.")
    late.n = 22
    assert rates.per_s(late) == 2
