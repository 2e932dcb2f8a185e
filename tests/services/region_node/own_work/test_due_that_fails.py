"""A key for which what is due fails, in whatever way, keeps no other from its deletion, rotation or expiry."""

import logging
from collections.abc import Callable

import pytest

from replication.state.indexes import index_changes
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import INDEXES, STREAMS, row_key
from replication.state.view import SnapshotView
from services.region_node.own_work import due
from services.region_node.own_work.due import DueChanges
from shared import events as e
from shared.decision import Decision, StateView
from shared.identifiers import key_stream
from shared.key_stores.model import KeyStore
from shared.keys.model import Deletion, Key, KeyMaterial, Rotation
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeVault

HOME, NOW = "us-east-1", 1_000_000


def key_id(number: int) -> str:
    return f"{number:08x}-12ab-34cd-56ef-1234567890ab"


def goes(number: int) -> Key:
    """A key whose deletion is due."""
    material = KeyMaterial(f"{number:064x}", key_id(number), 1, b"wrapped")
    kind = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
    return Key(
        ACCOUNT, key_id(number), *kind, 1, (material,), "PendingDeletion", "", None, (), None, (), 0,
        Deletion(7, NOW - 1),
    )  # fmt: skip


def cannot_rotate(number: int) -> Key:
    """A key whose rotation was due before that, and of a spec for which nothing makes material."""
    return goes(number)._replace(spec="NO_SUCH", state="Enabled", deletion=None, rotation=Rotation(365, number + 1))


class Region:
    """One partition with these keys, in which nothing that is decided is recorded, unless it is told."""

    def __init__(self, *keys: Key) -> None:
        self.store, self.gone = MemoryStore(), list[str]()
        for key in keys:
            self.put(None, key)
        vault = FakeVault(HOME, frozenset())
        self.due = DueChanges(HOME, 1, self.store, vault, self.change, self.destroy, lambda: NOW, lambda: True)

    def put(self, before: Key | None, after: Key | None) -> None:
        key = after or before
        assert key is not None
        with self.store.write() as transaction:
            transaction.put(STREAMS, row_key(0, key_stream(key.account, key.key_id)), encode_row(1, after, False))
            for name, value in index_changes(0, HOME, before, after):
                if value is None:
                    transaction.delete(INDEXES, name)
                else:
                    transaction.put(INDEXES, name, value)

    async def change(self, _account: str, decide: Callable[[StateView], Decision], _command_id: bytes) -> None:
        with self.store.read() as snapshot:
            view = SnapshotView(snapshot, 1)
            events = decide(view).events
            for event in events:
                assert isinstance(event, e.KeyDeleted)
                self.gone.append(event.key_id)
                self.put(view.key(event.account, event.key_id), None)

    async def destroy(self, key: Key, store: KeyStore | None) -> None:
        raise AssertionError("no key is in a key store")


async def test_a_fault_that_nobody_foresaw_keeps_no_other_key_from_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    region = Region(cannot_rotate(1), goes(2))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await region.due.run()
    assert region.gone == [key_id(2)]
    assert [record.key for record in caplog.records] == [key_id(1)]  # type: ignore[attr-defined]


async def test_keys_that_always_fail_give_up_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "ROUND_MOST", 3)
    region = Region(*map(cannot_rotate, range(7)), *map(goes, range(10, 14)))
    for _ in range(5):
        await region.due.run()
    assert sorted(region.gone) == [key_id(number) for number in range(10, 14)]


async def test_a_key_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "ROUND_MOST", 1)
    region = Region(cannot_rotate(1), cannot_rotate(2))
    for _ in range(2):
        await region.due.run()
    region.put(cannot_rotate(2), goes(2)._replace(deletion=Deletion(7, 3)))
    for _ in range(2):
        await region.due.run()
    assert region.gone == [key_id(2)]
