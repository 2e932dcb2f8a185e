"""The buffer of a transaction: it reads and ends as if every change had gone straight to the store."""

from hypothesis import given
from hypothesis import strategies as st

from replication.fold.buffer import Buffer
from replication.state.memory_store import MemoryStore
from replication.state.state_store import COMMANDS

NAMES = (b"a", b"b", b"c")
READ, DROP = "read", "drop"
CHANGES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([READ, DROP]) | st.none() | st.sampled_from([b"", b"1", b"2"])),
    max_size=12,
)


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from([b"", b"0"])), CHANGES)
def test_a_buffer_is_as_good_as_the_transaction(
    stored: dict[bytes, bytes], changes: list[tuple[bytes, str | bytes | None]]
) -> None:
    store, expected = MemoryStore(), dict[bytes, bytes | None](stored)
    with store.write() as transaction:
        transaction.put_many(COMMANDS, list(stored.items()))
    with store.write() as transaction:
        buffer = Buffer(transaction)
        rows = buffer.rows(COMMANDS)
        for key, change in changes:
            if change == DROP:
                rows.drop(key)
                expected[key] = None
            elif change == READ or (key in expected and key not in rows):  # what stands in the store is read first
                assert rows[key] == expected.get(key)
            elif not isinstance(change, str):
                rows[key] = expected[key] = change
        buffer.flush()
    with store.read() as snapshot:
        left = {key: value for key, value in expected.items() if value is not None}
        assert dict(snapshot.scan(COMMANDS, b"", b"")) == left
