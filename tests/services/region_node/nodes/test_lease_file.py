"""The deadline that a replicator writes and its workers read."""

from math import inf
from pathlib import Path

import pytest

from replication.state.memory_store import MemoryStore
from replication.state.state_store import ADAPTER, Reading
from replication.writing.serving_lease import ALONE
from services.region_node.nodes import lease_file
from services.region_node.nodes.errors import NotLeased
from services.region_node.nodes.lease_file import LeaseFile, void_after_reboot
from services.region_node.nodes.leased_store import LeasedStore


def test_a_new_file_lets_nobody_serve(tmp_path: Path) -> None:
    assert LeaseFile(tmp_path / "lease").deadline() == 0.0


def test_every_mapping_sees_the_deadline_at_once(tmp_path: Path) -> None:
    writing, reading = LeaseFile(tmp_path / "lease"), LeaseFile(tmp_path / "lease")
    writing.set(12.5)
    assert reading.deadline() == 12.5
    writing.set(ALONE)
    assert reading.deadline() == inf


@pytest.mark.parametrize(("before", "after"), [(99.0, 0.0), (ALONE, ALONE)])
def test_after_a_reboot_a_deadline_is_void_but_who_is_alone_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: float, after: float
) -> None:
    path, boot = tmp_path / "lease", tmp_path / "boot_id"
    monkeypatch.setattr(lease_file, "BOOT_ID", boot)
    boot.write_text("a" * 36 + "\n")
    void_after_reboot(path)
    LeaseFile(path).set(before)
    void_after_reboot(path)
    assert LeaseFile(path).deadline() == before
    boot.write_text("b" * 36 + "\n")
    void_after_reboot(path)
    assert LeaseFile(path).deadline() == after


class _Renewed(MemoryStore):
    """A state that is brought up to date, with its lease, while it is being read."""

    def __init__(self) -> None:
        super().__init__()
        self.deadline = 10.0

    def read(self) -> Reading:
        reading = super().read()
        self.deadline = 99.0
        return reading


def test_a_state_is_served_before_the_deadline_and_not_at_it() -> None:
    store, now = MemoryStore(), [9.0]
    leased = LeasedStore(store, lambda: 10.0, lambda: now[0])
    assert leased.read().get(ADAPTER, b"x") is None
    now[0] = 10.0
    with pytest.raises(NotLeased):
        leased.read()


def test_a_lease_that_was_renewed_while_the_state_was_read_does_not_cover_it() -> None:
    store = _Renewed()
    leased = LeasedStore(store, lambda: store.deadline, lambda: 50.0)
    with pytest.raises(NotLeased):
        leased.read()
