"""A snapshot read as custom key stores and the keys in them: the same as in a plain dictionary, whatever happened."""

from hypothesis import given, settings
from hypothesis import strategies as st

from replication.state.indexes import index_changes
from replication.state.state_store import INDEXES
from replication.state.view import Moment, SnapshotView
from shared import events as e
from shared.identifiers import key_stream
from shared.key_stores.events import KeyStoreConnectionChanged, KeyStoreCreated, KeyStoreDeleted
from shared.keys.model import Key
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, HOME, WrittenLog, key_id
from tests.shared.memory_view import MemoryView

PARTITIONS = 2
STORES = tuple(f"cks-{number:017x}" for number in range(3))
EXTERNAL_KEYS = (None, "a", "a.b", "b")
"""None lies in a cluster; one is the beginning of another."""


@st.composite
def happened(draw: st.DrawFn) -> list[e.Event]:
    events: list[e.Event] = [KeyStoreCreated(ACCOUNT, store, store, "EXTERNAL_KEY_STORE", b"w") for store in STORES]
    for number in range(draw(st.integers(0, 12))):
        store, external = draw(st.sampled_from((None, *STORES))), draw(st.sampled_from(EXTERNAL_KEYS))
        created = e.KeyCreated(ACCOUNT, key_id(number), custom_key_store_id=store, external_key_id=external)
        events.append(
            created._replace(origin="EXTERNAL_KEY_STORE") if store else created._replace(external_key_id=None)
        )
        if draw(st.booleans()):
            events.append(e.KeyDeleted(ACCOUNT, key_id(number), HOME, whole=True))
        if draw(st.booleans()):
            state = draw(st.sampled_from(("CONNECTED", "FAILED", "DISCONNECTED")))
            events.append(KeyStoreConnectionChanged(ACCOUNT, draw(st.sampled_from(STORES)), state))
    return events


def folded(events: list[e.Event]) -> Folding:
    log, folding = WrittenLog(), Folding()
    log.open()
    for event in events:
        log.write(event)
    folding.apply(*log.records)
    return folding


@settings(max_examples=60, deadline=None)
@given(happened())
def test_stores_and_their_keys_are_found_as_they_stand(events: list[e.Event]) -> None:
    plain = MemoryView(HOME)
    plain.apply(events)
    with folded(events).store.read() as snapshot:
        view = SnapshotView(snapshot, PARTITIONS, Moment(HOME, plain.time))
        assert [store.key_store_id for store in view.key_stores(ACCOUNT, STORES[0])] == list(STORES[1:])
        for store in STORES:
            found, known = view.key_store(ACCOUNT, store), plain.key_store(ACCOUNT, store)
            assert found is not None
            assert known is not None
            assert found._replace(created_at=known.created_at) == known
            for external in EXTERNAL_KEYS:
                wanted = {(key.key_id, key.state) for key in plain.keys_in_store(ACCOUNT, store, external)}
                assert {(key.key_id, key.state) for key in view.keys_in_store(ACCOUNT, store, external)} == wanted


def test_a_view_without_a_moment_shows_what_is_recorded() -> None:
    created = e.KeyCreated(
        ACCOUNT, key_id(1), origin="EXTERNAL_KEY_STORE", custom_key_store_id=STORES[0], external_key_id="a"
    )
    with folded([KeyStoreCreated(ACCOUNT, STORES[0], "a", "EXTERNAL_KEY_STORE", b"w"), created]).store.read() as held:
        recorded = SnapshotView(held, PARTITIONS)
        found = recorded.key(ACCOUNT, key_id(1))
        standing = recorded.at(Moment(HOME, 0)).key(ACCOUNT, key_id(1))
        assert [key and key.state for key in (found, standing)] == ["Enabled", "Unavailable"]


def test_a_key_that_another_region_alone_has_lies_in_no_store_of_this_one() -> None:
    row = folded([e.KeyCreated(ACCOUNT, key_id(1), custom_key_store_id=STORES[0])]).row(key_stream(ACCOUNT, key_id(1)))
    assert isinstance(row.state, Key)
    assert index_changes(0, HOME, None, row.state) != ()
    assert index_changes(0, HOME, None, row.state._replace(state=None)) == ()


def test_what_is_gone_leaves_no_index_behind() -> None:
    events: list[e.Event] = [
        KeyStoreCreated(ACCOUNT, STORES[0], "a", "EXTERNAL_KEY_STORE", b"w"),
        e.KeyCreated(ACCOUNT, key_id(1), custom_key_store_id=STORES[0], external_key_id="a"),
        e.KeyDeleted(ACCOUNT, key_id(1), HOME, whole=True),
        KeyStoreDeleted(ACCOUNT, STORES[0]),
    ]
    with folded(events).store.read() as snapshot:
        assert list(snapshot.scan(INDEXES, b"", b"")) == []
        assert SnapshotView(snapshot, PARTITIONS).key_store(ACCOUNT, STORES[0]) is None
