"""Exports: what a file holds is what CloudTrail would tell."""

import io
from datetime import UTC, datetime

import orjson
import pytest
from pyarrow import parquet

from services.audit import exporting
from services.audit.exporting import WRITERS
from services.audit.telling import told_of
from services.audit.trail.forms import Found, Place
from tests.services.audit.making import CHAIN, NOW, OTHER, OWN, entry, key_arn

MEANT = entry(7, resources=(key_arn(1, OTHER),))
EVENTS = [
    told_of("us-east-1", Found(Place(NOW, 1, 0), MEANT, CHAIN, 1, b"l" * 32, account)) for account in (OWN, OTHER)
]


def test_a_json_line_is_the_event() -> None:
    file = io.BytesIO()
    assert WRITERS["jsonl"](EVENTS, file) == 2
    assert [orjson.loads(line) for line in file.getvalue().splitlines()] == EVENTS


def test_a_row_of_parquet_has_the_event_and_columns_of_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 1)
    file = io.BytesIO()
    assert WRITERS["parquet"](EVENTS, file) == 2
    rows = parquet.read_table(file).to_pylist()
    assert [orjson.loads(row["event"]) for row in rows] == EVENTS
    assert [row["account"] for row in rows] == [OWN, OTHER]
    assert rows[0]["event_time"] == datetime.fromtimestamp((NOW + 7) // 1000, UTC)
    assert (rows[0]["caller_arn"], rows[0]["read_only"]) == (f"arn:aws:iam::{OWN}:user/ann", True)
    assert rows[1]["resources"] == [key_arn(1, OTHER)]


def test_the_copies_of_an_entry_have_one_shared_id() -> None:
    own, other = EVENTS
    assert own["eventID"] != other["eventID"]
    assert own["sharedEventID"] == other["sharedEventID"]
