"""Records of later versions, and bodies that cannot be folded: numbered at once, their streams frozen."""

from typing import Any

import msgpack
import pytest
from msgspec.structs import astuple, replace

from replication.fold import applying
from replication.fold.judge import Verdict
from replication.records.body import Adoption, encode_adoption
from replication.records.record import authenticate, decode_envelope, decode_record, encode_envelope
from replication.state.state_store import STREAMS
from replication.state.view import SnapshotView
from shared import events as e
from shared.errors import KeyUnavailable
from shared.event_codec import decode_events, encode_events
from tests.replication.folding import Folding, folded
from tests.replication.written_log import (
    ACCOUNT,
    PEER,
    RECORD_KEY,
    SharedLog,
    WrittenLog,
    created,
    described,
    envelope_of,
    key_id,
    shared_form,
    stream,
)

UNKNOWN_TAG = msgpack.packb([[999, {1: "field"}]])


def body(events: bytes, answer: Any = "answer") -> bytes:
    return bytes(msgpack.packb((answer, events)))


def after(**fields: Any) -> Folding:
    """Key 1 exists; then a record with these fields names its stream; then key 2 is created and key 1 described."""
    log = WrittenLog()
    log.open()
    log.write(created(1))
    log.write(**{"expected": {stream(1): 1}, **fields})
    log.write(created(2))
    log.write(described(1, "later"), expected={stream(1): 2})
    folding = folded(log.records)
    assert folding.head.head == log.head
    assert not folding.is_waiting()
    assert folding.row(stream(2)).state is not None
    return folding


FREEZING: dict[str, dict[str, Any]] = {
    "a later reader": {"least_reader": 2},
    "an unknown event": {"body": body(UNKNOWN_TAG)},
    "a known event that lacks a field": {"body": body(msgpack.packb([[3, {1: ACCOUNT}]]))},
    "a body that is no change": {"body": b"junk"},
    "no body": {"body": None},
    "an answer that is no text": {"body": body(b"\x90", answer=5)},
    "an event of a stream that is not named": {"body": body(encode_events([e.KeyEnabled(ACCOUNT, key_id(9))]))},
    "an event that cannot follow": {
        "body": body(encode_events([e.KeyEnabled(ACCOUNT, key_id(9))])),
        "expected": {stream(1): 1, stream(9): 0},
    },
    "fields of other types": {"body": body(msgpack.packb([[7, {1: ACCOUNT, 2: key_id(1), 3: 5}]]))},
}


@pytest.mark.parametrize("kind", FREEZING)
def test_what_cannot_be_read_freezes_its_streams_alone(kind: str) -> None:
    folding = after(**FREEZING[kind])
    verdicts = [outcome.verdict for outcome in folding.outcomes]
    assert verdicts[2:] == [Verdict.FROZEN, Verdict.APPLIED, Verdict.FROZEN]
    row = folding.row(stream(1))
    assert (row.revision, row.frozen) == (3, True)
    assert row.state.description == ""  # type: ignore[union-attr]
    assert folding.alarmed == {Verdict.FROZEN}


def test_a_frozen_key_is_not_served() -> None:
    folding = after(least_reader=2)
    with folding.store.read() as snapshot:
        view = SnapshotView(snapshot, 1)
        with pytest.raises(KeyUnavailable, match="cannot apply"):
            view.key(ACCOUNT, key_id(1))
        assert view.key(ACCOUNT, key_id(2)) is not None
        assert [key.key_id for key in view.keys(ACCOUNT, "")] == [key_id(2)]


def test_a_later_record_whose_condition_fails_is_void_all_the_same() -> None:
    folding = after(least_reader=2, expected={stream(1): 7})
    assert [outcome.verdict for outcome in folding.outcomes][2:4] == [Verdict.VOID, Verdict.APPLIED]
    assert not folding.row(stream(1)).frozen


def test_an_index_name_that_is_too_long_freezes() -> None:
    event = e.AliasCreated(ACCOUNT, "alias/" + "x" * 470, key_id(1))
    log = WrittenLog()
    log.open()
    log.write(event)
    folding = folded(log.records)
    assert folding.outcomes[-1].verdict is Verdict.FROZEN
    assert "index name is too long" in folding.alarms[0].reason


def test_a_command_whose_record_froze_is_not_carried_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it reported as done. A later version, which can read the record, finds the command done once."""
    log = WrittenLog()
    log.open()
    log.write(created(1), command_id=b"command", answer=key_id(1), least_reader=2)
    for _ in range(2):
        log.write(created(2), command_id=b"command", answer=key_id(2))
    frozen = folded(log.records)
    assert [o.verdict for o in frozen.outcomes[1:]] == [Verdict.FROZEN, Verdict.STILL_FROZEN, Verdict.STILL_FROZEN]
    assert frozen.row(stream(2)).revision == 0
    monkeypatch.setattr(applying, "READER_VERSION", 2)
    later = folded(log.records)
    assert [o.verdict for o in later.outcomes[1:]] == [Verdict.APPLIED, Verdict.REPEATED, Verdict.REPEATED]
    assert [o.answer for o in later.outcomes[1:]] == [key_id(1)] * 3
    assert later.head.log_time == frozen.head.log_time


def test_a_later_opening_opens() -> None:
    log = WrittenLog()
    log.open(least_reader=9)
    log.write(created(1))
    assert [outcome.verdict for outcome in folded(log.records).outcomes] == [Verdict.OPENING, Verdict.APPLIED]


def test_appended_envelope_fields_are_passed_over() -> None:
    log = WrittenLog()
    log.open()
    fields = msgpack.unpackb(decode_record(log.write(created(1))).signed, use_list=False)
    longer = msgpack.packb((2, *fields[1:], "a later field", {"and": "another"}))
    assert decode_envelope(longer) == replace(envelope_of(log.records[1]), format=2)
    folding = folded([log.records[0], authenticate(longer, RECORD_KEY)])
    assert folding.outcomes[-1].verdict is Verdict.APPLIED
    assert folding.alarms == []


def test_appended_author_and_request_fields_are_passed_over() -> None:
    log = WrittenLog()
    log.open()
    envelope = envelope_of(log.write(created(1)))
    assert envelope.request is not None
    longer = {name: (*astuple(getattr(envelope, name)), "later") for name in ("author", "request")}
    assert decode_envelope(encode_envelope(replace(envelope, **longer))) == envelope


def test_unknown_fields_of_known_events_are_passed_over() -> None:
    known, later = e.KeyDisabled(ACCOUNT, key_id(1)), {3: "later", 99: [1, {"deep": None}]}
    assert decode_events(msgpack.packb([[4, {1: ACCOUNT, 2: key_id(1)} | later]])) == (known,)
    material = {1: b"\xab" * 32, 3: 5, 77: "later"}
    (read,) = decode_events(msgpack.packb([[1, {1: ACCOUNT, 2: key_id(1), 6: [material], 99: 1}]]))
    assert read.materials == (e.MaterialBorn("ab" * 32, key_id(1), 5),)  # type: ignore[union-attr]


ADOPTED = SharedLog(PEER).share(shared_form(1))


@pytest.mark.parametrize(
    ("fields", "share"),
    [
        ({"least_reader": 2}, {}),
        ({}, {"least_reader": 2}),
        ({}, {"shared": UNKNOWN_TAG}),
        ({}, {"shared": b"junk"}),
        ({"body": b"junk"}, {}),
        ({"body": encode_adoption(Adoption(b"no record", {}))}, {}),
        ({"body": msgpack.packb((ADOPTED, [1]))}, {}),
        ({"body": msgpack.packb((ADOPTED, {"a": 1}))}, {}),
    ],
)
def test_an_adoption_that_cannot_be_read_freezes_and_its_successors_go_on(
    fields: dict[str, Any], share: dict[str, Any]
) -> None:
    log, peer = WrittenLog(), SharedLog(PEER)
    log.open()
    log.adopt(peer.share(shared_form(1), **share), **fields)
    log.adopt(peer.share(shared_form(2)))
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes[1:]] == [Verdict.FROZEN, Verdict.APPLIED]
    assert folding.head.adopted[PEER] == peer.head
    with folding.store.read() as snapshot:
        assert len(list(snapshot.scan(STREAMS, b"", b""))) == 2
