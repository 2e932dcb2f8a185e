"""What holds for the fold of any history: batches, rebuilds, repetitions and stores do not show in the state."""

import tempfile
from pathlib import Path

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from replication.fold import history
from replication.log.event_log import Entry
from replication.records.record import (
    Author,
    Envelope,
    NotARecord,
    authenticate,
    decode_envelope,
    decode_record,
    encode_envelope,
)
from replication.sharing.handed_on import ROWS
from replication.state.lmdb_store import LmdbStore
from replication.state.memory_store import MemoryStore
from replication.state.state_store import TABLES, StateStore
from replication.verify.chain import Numbering
from replication.verify.fold import PlainFold
from replication.verify.state import PartitionState, compare
from tests.properties.histories import written_logs
from tests.replication.folding import Folding, folded
from tests.replication.written_log import HOME, RECORD_KEY, WrittenLog, created, envelope_of
from tests.thoroughness import often, thorough

pytestmark = thorough

FEW = settings(max_examples=often(60, otherwise=25), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def contents(store: StateStore) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """All but where adoptions stand, which tells how the log was read."""
    with store.read() as snapshot:
        return {
            table: [row for row in snapshot.scan(table, b"", b"") if not row[0].startswith(ROWS)] for table in TABLES
        }


@FEW
@given(written_logs(), st.data())
def test_batches_do_not_show(log: WrittenLog, data: st.DataObject) -> None:
    folding, rest = Folding(), list(log.records)
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        folding.apply(*rest[:count])
        rest = rest[count:]
    assert contents(folding.store) == contents(folded(log.records).store)
    assert folding.head.head == log.head
    assert not folding.is_waiting()


@FEW
@given(written_logs(), st.data())
def test_restarts_do_not_show(log: WrittenLog, data: st.DataObject) -> None:
    folding = Folding()
    for end in sorted(data.draw(st.lists(st.integers(0, len(log.records)), max_size=4))):
        folding.restart(log.records[:end])
    folding.restart(log.records)
    assert contents(folding.store) == contents(folded(log.records).store)


@FEW
@given(written_logs(), st.data())
def test_records_seen_again_do_not_show(log: WrittenLog, data: st.DataObject) -> None:
    records = list(log.records)
    for _ in range(data.draw(st.integers(1, 6))):
        again = data.draw(st.integers(0, len(records) - 1))
        records.insert(data.draw(st.integers(again + 1, len(records))), records[again])
    folding = folded(records)
    assert folding.digest() == folded(log.records).digest()
    assert not folding.is_waiting()


@FEW
@given(written_logs(), st.data())
def test_any_order_of_an_honest_log_gives_the_same_state(log: WrittenLog, data: st.DataObject) -> None:
    """Every author saw all that stood before its record: no other order fits."""
    folding = Folding()
    for record in data.draw(st.permutations(log.records)):
        folding.apply(record)
    assert folding.digest() == folded(log.records).digest()


@settings(FEW, max_examples=20)
@given(written_logs())
def test_both_stores_hold_the_same_rows(log: WrittenLog) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store = LmdbStore(Path(directory), writer=True, map_bytes=1 << 24)
        in_lmdb, in_memory = folded(log.records, store), folded(log.records, MemoryStore())
        assert contents(store) == contents(in_memory.store)
        assert in_lmdb.digest() == in_memory.digest()
        store.close()


@FEW
@given(written_logs(60), st.data())
def test_batches_do_not_show_when_command_ids_are_forgotten(log: WrittenLog, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(history, "COMMANDS_KEPT", 5)
        patched.setattr(history, "COMMAND_AGE_MS", 10_000)
        folding, at = Folding(), data.draw(st.integers(1, len(log.records)))
        folding.apply(*log.records[:at])
        folding.apply(*log.records[at:])
        assert contents(folding.store) == contents(one_by_one(log).store)


def one_by_one(log: WrittenLog) -> Folding:
    folding = Folding()
    for record in log.records:
        folding.apply(record)
    return folding


@FEW
@given(written_logs())
def test_the_checkers_own_fold_agrees(log: WrittenLog) -> None:
    found: list[tuple[object, str]] = []
    folding = folded(log.records)
    numbering = Numbering(HOME, 0, RECORD_KEY, lambda kind, detail: found.append((kind, detail)))
    plain = PlainFold(HOME, 0, 2, lambda *_: None)
    for position, record in enumerate(log.records):
        for numbered in numbering.take(Entry(position, record)):
            plain.take(numbered, numbering.head)
    with folding.store.read() as snapshot:
        compare(PartitionState(snapshot, 0), numbering, plain, lambda kind, detail: found.append((kind, detail)))
    assert found == []
    assert len(plain.shared_records) == len(folding.outbox())


# Junk of every kind.

JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=8) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 9) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
PACKED = JSON_LIKE.map(msgpack.packb)
FIELD_COUNT = len(Envelope.__struct_fields__)
HONEST = WrittenLog()
HONEST.open()
HONEST.write(created(1))
DIGEST = folded(HONEST.records).digest()


@given(st.lists(st.binary(max_size=80) | PACKED | st.tuples(st.binary(), st.text(), st.binary()).map(msgpack.packb)))
def test_junk_changes_nothing_and_stops_nobody(junk: list[bytes]) -> None:
    folding = folded([*junk, *HONEST.records, *junk])
    assert folding.digest() == DIGEST
    assert len(folding.alarms) == 2 * len(junk)
    assert not folding.is_waiting()


@given(
    st.binary(max_size=60) | PACKED | st.lists(JSON_LIKE, min_size=FIELD_COUNT, max_size=FIELD_COUNT).map(msgpack.packb)
)
def test_signed_junk_changes_nothing_and_stops_nobody(signed: bytes) -> None:
    folding = folded([authenticate(signed, RECORD_KEY), *HONEST.records])
    assert folding.digest() == DIGEST
    assert len(folding.alarms) == 1


ANY_FIELD = ("record_id", "command_id", "time", "streams", "domain", "key_epoch", "origin", "adopted", "shared")
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(ANY_FIELD, JSON_LIKE))


@settings(max_examples=300)
@given(FIELDS, PACKED | st.binary(max_size=40) | st.tuples(st.text(), PACKED).map(msgpack.packb))
def test_an_authors_nonsense_stops_nobody(fields: dict[str, object], body: bytes) -> None:
    """Rightly chained and authenticated, with anything in its fields and its body."""
    log = WrittenLog()
    log.open()
    envelope = envelope_of(log.write(created(1)))
    content = encode_envelope(replace(envelope, body=body, **fields))
    folding = folded([log.records[0], authenticate(content, RECORD_KEY)])
    assert len(folding.outcomes) == 2
    after = folding.apply(log.open())
    assert len(after) <= 1


@given(st.lists(JSON_LIKE, max_size=FIELD_COUNT + 3))
def test_what_is_read_as_an_envelope_has_its_types(fields: list[object]) -> None:
    envelope = envelope_of(HONEST.records[1])
    mixed = [*fields, *astuple(envelope)[len(fields) :]]
    try:
        read = decode_envelope(msgpack.packb(mixed, default=astuple))
    except NotARecord:
        return
    assert isinstance(read.author, Author)
    assert [type(name) for name, _ in read.streams] == [str] * len(read.streams)
    assert min(read.sequence, read.seen_sequence, read.partition, read.time) >= 0


def test_decoding_tells_the_same_as_encoding() -> None:
    record = decode_record(HONEST.records[1])
    assert encode_envelope(decode_envelope(record.signed)) == record.signed
