"""The record: what is refused as none, and what hashes and digests cover."""

import hashlib
from typing import Any

import msgpack
import pytest
from msgspec.structs import astuple, replace

from replication.records.position import EMPTY_HEAD, Head, extend
from replication.records.record import (
    LONGEST_COMMAND_ID,
    LONGEST_STREAM,
    Envelope,
    NotARecord,
    Record,
    RecordKey,
    decode_envelope,
    decode_record,
    encode_envelope,
    encode_record,
)
from replication.state.digest import partition_digest
from replication.state.memory_store import MemoryStore
from replication.state.state_store import ADAPTER, INDEXES, OUTBOX, STREAMS
from tests.replication.written_log import RECORD_KEY, WrittenLog, created, envelope_of


def envelope(**fields: Any) -> Envelope:
    log = WrittenLog()
    log.open()
    return replace(envelope_of(log.write(created(1))), **fields)


LONG = "ü" * (LONGEST_STREAM // 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"command_id": b""},
        {"command_id": bytes(LONGEST_COMMAND_ID + 1)},
        {"sequence": -1},
        {"seen_sequence": -1},
        {"partition": -1},
        {"time": -1},
        {"time": True},
        {"time": 1.5},
        {"streams": ((LONG + "x", None),)},
        {"streams": (("", None),)},
        {"streams": ((b"bytes", None),)},
        {"streams": (("stream", "1"),)},
        {"streams": (("stream",),)},
        {"streams": ("stream",)},
        {"streams": None},
        {"author": ("region", "node")},
        {"author": ("region", 5, 5)},
        {"author": ("region", "node", "5")},
        {"author": "abc"},
        {"origin": ("region", 5)},
        {"origin": ("region", "5", b"")},
        {"adopted": {5: 5}},
        {"adopted": {"region": "5"}},
        {"request": ("too", "few")},
        {"body": "text"},
        {"shared": 5},
        {"log": None},
    ],
)
def test_an_envelope_out_of_its_bounds_is_no_record(fields: dict[str, Any]) -> None:
    with pytest.raises(NotARecord):
        decode_envelope(encode_envelope(envelope(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"command_id": bytes(LONGEST_COMMAND_ID)},
        {"streams": ((LONG, 0),)},
        {"time": 2**64 - 1},
        {"adopted": {}},
        {"streams": ()},
        {"domain": (1, 2), "key_epoch": (1, "region"), "origin": ("region", 1, b"hash")},
    ],
)
def test_an_envelope_at_its_bounds_is_read_as_it_is(fields: dict[str, Any]) -> None:
    assert decode_envelope(encode_envelope(envelope(**fields))) == envelope(**fields)


def test_a_record_lacking_a_field_is_none() -> None:
    with pytest.raises(NotARecord):
        decode_envelope(msgpack.packb(astuple(envelope())[:-1], default=astuple))


def test_a_record_is_three_values() -> None:
    record = Record(b"signed", "key", b"proof")
    assert decode_record(encode_record(record)) == record
    for wrong in ((b"signed", "key"), (b"signed", b"key", b"proof"), ("signed", "key", b"proof"), (*record, b"more")):
        with pytest.raises(NotARecord):
            decode_record(encode_record(wrong))  # type: ignore[arg-type]


def test_a_record_key_does_not_show_its_secret() -> None:
    assert repr(RECORD_KEY) == f"{RECORD_KEY}" == "RecordKey('0123456789abcdef', …)"
    assert "secret" not in repr(RecordKey("id", b"secret"))


def test_the_running_hash_covers_every_record_in_its_order() -> None:
    one, other = b"1" * 32, b"2" * 32
    assert extend(EMPTY_HEAD, one) == Head(1, hashlib.sha256(bytes(32) + one).digest())
    assert extend(extend(EMPTY_HEAD, one), other) != extend(extend(EMPTY_HEAD, other), one)
    assert extend(extend(EMPTY_HEAD, one), other) != extend(extend(EMPTY_HEAD, other), other)


def digest_of(*rows: tuple[bytes, bytes, bytes]) -> bytes:
    store = MemoryStore()
    with store.write() as transaction:
        for table, key, value in rows:
            transaction.put(table, b"\0\0" + key, value)
    with store.read() as snapshot:
        return partition_digest(snapshot, 0)


def test_a_digest_tells_tables_keys_and_values_apart() -> None:
    rows = [
        ((STREAMS, b"a", b"1"), (STREAMS, b"b", b"2")),
        ((STREAMS, b"a", b"2"), (STREAMS, b"b", b"1")),
        ((STREAMS, b"a", b"1"), (INDEXES, b"b", b"2")),
        ((STREAMS, b"a", b"12"),),
        ((STREAMS, b"a1", b"2"),),
        # The lengths decide where a value ends: without them this one would be the first.
        ((STREAMS, b"a", b"1" + (3).to_bytes(4, "big") + b"\0\0b" + b"2"),),
        (),
    ]
    digests = [digest_of(*each) for each in rows]
    assert len(set(digests)) == len(rows)


def test_a_digest_leaves_out_what_no_log_gives() -> None:
    assert digest_of((ADAPTER, b"a", b"1"), (OUTBOX, b"a", b"1")) == digest_of()
