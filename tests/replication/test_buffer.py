"""The buffer of a transaction: it reads and ends as if every change had gone straight to the store."""

from hypothesis import given
from hypothesis import strategies as st

from replication.buffer import Buffer
from replication.memory_store import MemoryStore
from replication.state_store import COMMANDS

KEYS = st.sampled_from([b"a", b"b", b"c"])
CHANGES = st.lists(st.tuples(KEYS, st.none() | st.sampled_from([b"", b"1", b"2"])), max_size=12)


@given(st.dictionaries(KEYS, st.sampled_from([b"", b"0"])), CHANGES)
def test_a_buffer_is_as_good_as_the_transaction(
    stored: dict[bytes, bytes], changes: list[tuple[bytes, bytes | None]]
) -> None:
    store, expected = MemoryStore(), dict[bytes, bytes](stored)
    with store.write() as transaction:
        for key, before in stored.items():
            transaction.put(COMMANDS, key, before)
    with store.write() as transaction:
        buffer = Buffer(transaction)
        for key, value in changes:
            if value is None:
                buffer.delete(COMMANDS, key)
                expected.pop(key, None)
            else:
                (buffer.put if key in expected else buffer.put_new)(COMMANDS, key, value)
                expected[key] = value
            assert [buffer.get(COMMANDS, name) for name in (b"a", b"b", b"c")] == [
                expected.get(name) for name in (b"a", b"b", b"c")
            ]
        buffer.flush()
    with store.read() as snapshot:
        assert dict(snapshot.scan(COMMANDS, b"", b"")) == expected
