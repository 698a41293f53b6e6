"""Files of readings: chunks from any place on, whatever a quoted field holds."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.transfer import files
from hub.transfer.files import chunks, format_of, typed
from hub.transfer.importing import Place, import_file
from hub.transfer.link import Link, TransferError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)


class Hub(Link):
    """A hub that takes everything, until it is told to fail."""

    def __init__(self) -> None:
        super().__init__("http://hub")
        self.rows: list[dict[str, Any]] = []
        self.fails_after = 1_000_000

    def post(self, body: bytes, kind: str, params: Any) -> dict[str, Any]:
        del kind, params
        if len(self.rows) >= self.fails_after:
            raise TransferError("gone")
        rows = [orjson.loads(line) for line in body.splitlines()]
        self.rows += rows
        return {"accepted": len(rows), "rejected": 0, "errors": []}


def write_csv(path: Path, values: list[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "device", "metric", "value", "datatype"])
        for value in values:
            writer.writerow(["2026-01-01T00:00:00Z", "d", "m", value, "string"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(TEXTS, max_size=20), rows=st.integers(1, 7))
def test_csv_is_read_on_from_the_end_of_any_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: list[str], rows: int
) -> None:
    path = tmp_path / "r.csv"
    write_csv(path, values)
    monkeypatch.setattr(files, "ROWS", rows)
    whole = list(chunks(path, "csv", 0))
    found = [orjson.loads(line)["value"] for chunk in whole for line in chunk.body.splitlines()]
    assert found == values
    for number, chunk in enumerate(whole):
        assert list(chunks(path, "csv", chunk.place)) == whole[number + 1 :]


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("1", "string", "1"), ("1", "integer", 1), ("1", "float", 1.0), ("true", "boolean", True), ("TRUE", "", True),
        ("1.5", "", 1.5), ("18446744073709551615", "integer", 2**64 - 1), ("on", "", "on"), ("", "string", ""),
    ],
)  # fmt: skip
def test_a_value_of_csv_keeps_its_type(text: str, datatype: str, value: Any) -> None:
    assert typed(text, datatype) == value
    assert type(typed(text, datatype)) is type(value)


def test_parquet_is_read_on_from_any_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "r.parquet"
    pq.write_table(pa.table({"device": ["d"] * 10, "metric": ["m"] * 10, "integer": list(range(10))}), path)
    monkeypatch.setattr(files, "ROWS", 3)
    for place in range(11):
        found = [
            orjson.loads(line)["value"] for chunk in chunks(path, "parquet", place) for line in chunk.body.splitlines()
        ]
        assert found == list(range(place, 10))


def test_what_no_file_tells_is_asked_for(tmp_path: Path) -> None:
    assert format_of(tmp_path / "a.LP", "") == "influx"
    with pytest.raises(TransferError, match="--format"):
        format_of(tmp_path / "a.dat", "")
    (tmp_path / "a.csv").write_text("when,what\n")
    with pytest.raises(TransferError, match="no header"):
        list(chunks(tmp_path / "a.csv", "csv", 0))


def test_an_import_that_broke_off_goes_on_behind_the_last_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS", 10)
    path, hub = tmp_path / "r.csv", Hub()
    write_csv(path, [str(number) for number in range(55)])
    hub.fails_after = 30
    with pytest.raises(TransferError):
        import_file(hub, path)
    hub.fails_after = 1000
    done = import_file(hub, path)
    assert (done.accepted, done.began > 0) == (25, True)
    assert [row["value"] for row in hub.rows] == [str(number) for number in range(55)]
    assert not path.with_name("r.csv.place").exists()


def test_the_place_in_another_file_means_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    write_csv(path, ["1"])
    place = Place(tmp_path / "p", path)
    place.write(7)
    assert place.read() == 7
    write_csv(path, ["1", "2"])
    assert Place(tmp_path / "p", path).read() == 0
    (tmp_path / "p").write_text("{broken")
    assert Place(tmp_path / "p", path).read() == 0


def test_an_address_that_is_none_and_a_hub_that_is_not_there_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TransferError, match="no address"):
        Link("file:///etc/passwd")
    monkeypatch.setattr("hub.transfer.link.TRIES", 2)
    link = Link("http://127.0.0.1:9", sleep=lambda _: None)
    with pytest.raises(TransferError, match="cannot be reached"):
        link.get("/api/v1/export", {})
    with pytest.raises(TransferError, match="Given up after 2 tries"):
        link.post(b"", "text/plain", {})
