"""The rows of the command: names that can be typed, figures that do not clash, and messages that peers understand."""

from __future__ import annotations

import json

import pytest

from bench.__main__ import ROWS, main
from bench.drain import Audience, hub_scripts, parse_report, subscribe
from bench.hub_process import HubProcess
from bench.load import Stream
from bench.node_red import flow
from bench.views import views
from hub.gateway.protocol import Hello, Subscribe, parse
from tests.support.tree import ROOT


def test_rows_and_figures_have_names_of_their_own() -> None:
    names = [row.name for row in ROWS]
    keys = [figure.key for row in ROWS for figure in row.figures]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)
    assert all(row.figures for row in ROWS)


def test_a_row_that_is_not_there_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["pathh"])
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert "there is no row pathh" in said
    assert "path-qos1" in said


def test_no_rounds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["path", "--rounds", "0"])
    assert "--rounds must be at least 1" in capsys.readouterr().err


def test_what_clients_say_is_what_the_hub_understands() -> None:
    hello, wanted = map(str.encode, hub_scripts(subscribe(["a/#"], request=7, mode="every", interval_ms=0)))
    assert isinstance(parse(hello), Hello)
    understood = parse(wanted)
    assert isinstance(understood, Subscribe)
    assert (understood.id, understood.interval_ms, understood.mode) == (7, 0, "every")


def test_no_message_holds_a_tab_since_tabs_part_them() -> None:
    assert "\t" not in "".join(hub_scripts(subscribe(["a/\t/b"])))


def test_views_are_the_same_at_every_call_and_each_looks_at_different_devices() -> None:
    made = views(20, 40, 1000)
    assert made == views(20, 40, 1000)
    assert all(len(set(view)) == 40 for view in made)
    assert len({tuple(view) for view in made}) == 20


def test_a_report_of_the_clients_is_read_with_and_without_durations() -> None:
    fields = {
        "at_us": 2_500_000, "started": 3, "open": 2, "healthy": 2, "closed": 1, "refused": 0, "last_code": 1001,
        "valued": 2, "bytes": 10, "frames": 4, "n": 12, "least_n": 5, "most_n": 7,
    }  # fmt: skip
    plain = parse_report(json.dumps(fields))
    assert (plain.at_s, plain.open, plain.last_code, plain.least_n) == (2.5, 2, 1001, 5)
    assert plain.first_ms is None
    measured = parse_report(
        json.dumps({**fields, "latency_ms": {"count": 9, "p50": 0.5, "p99": 2.0, "p999": 3.0, "max": 4.0}})
    )
    assert measured.latency_ms == (0.5, 2.0, 4.0)


def test_only_what_is_wanted_of_the_clients_is_on_their_command_line() -> None:
    script = ROOT / "none"
    plain = list(Audience(port=1, clients=2).arguments(script))
    assert "--latency" not in plain
    assert "--script" not in plain
    assert {"--latency", "--raw", "--subprotocol"} <= set(
        Audience(port=1, clients=2, latency=True, raw=True, subprotocol="x").arguments(script)
    )


def test_a_stream_without_a_rate_is_as_fast_as_the_broker() -> None:
    arguments = Stream(seconds=3, qos=1).arguments("mqtt://127.0.0.1:1")
    assert arguments[arguments.index("--rate") + 1] == "0"
    assert "--stamp" not in arguments
    assert "--stamp" in Stream(seconds=3, stamped=True).arguments("mqtt://127.0.0.1:1")


def test_the_flow_of_the_peer_is_wired_from_the_broker_to_its_clients() -> None:
    nodes = {str(node["id"]): node for node in flow("mqtt://127.0.0.1:1883", "load/#", 1)}
    seen, at = [], "in"
    while True:
        seen.append(nodes[at]["type"])
        wires = nodes[at]["wires"]
        assert isinstance(wires, list)
        if not wires:
            break
        ((at,),) = wires
    assert seen == ["mqtt in", "json", "function", "websocket out"]
    assert (nodes["broker"]["port"], nodes["in"]["qos"]) == ("1883", "1")


def test_metrics_of_the_hub_are_summed_over_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "# HELP hub_drops_total x\n"
        'hub_drops_total{reason="full"} 2.0\nhub_drops_total{reason="late"} 3.0\nhub_stall_seconds 1.5e-03\n'
    )
    monkeypatch.setattr(HubProcess, "_get", lambda *_: text)
    assert HubProcess("mqtt://127.0.0.1:1", ROOT, (0,)).metrics() == {"hub_drops_total": 5, "hub_stall_seconds": 0.0015}
