"""No schedule of faults lets a node serve what is older than what was acknowledged; planted bugs do, and are found."""

import os
from collections.abc import Callable
from math import inf

import pytest

from replication.writing import serving_lease
from replication.writing.serving_lease import HeldLease, Promises
from services.region_node.nodes.leases import Leases
from services.region_node.nodes.membership import Members
from shared.nodes.model import Node
from tests.replication.virtual_time import run_in_virtual_time
from tests.simulation.leases import World

SEEDS = int(os.environ.get("KEYTIDE_TEST_LEASE_SEEDS", "60"))
SEEDS_TO_CATCH = 60
FIRST_SEED = int(os.environ.get("KEYTIDE_TEST_SEED", "0"))


def run(seed: int) -> World:
    async def main() -> World:
        world = World(seed, count=2 + seed % 2)
        await world.run()
        return world

    return run_in_virtual_time(main())


def test_what_was_acknowledged_binds_every_serve_at_every_node() -> None:
    served = acknowledged = passed_over = 0
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        world = run(seed)
        assert not world.violations, f"KEYTIDE_TEST_SEED={seed} KEYTIDE_TEST_LEASE_SEEDS=1: {world.violations[0]}"
        served, acknowledged = served + world.served, acknowledged + world.acknowledged
        passed_over += world.passed_over
    assert served > 100 * SEEDS
    assert acknowledged > 10 * SEEDS
    assert passed_over > SEEDS


def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer does not wait for a lease to run out."""
    monkeypatch.setattr(Promises, "wait_until", lambda *_: 0.0)


def _too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer waits a second less than a lease lasts."""
    monkeypatch.setattr(serving_lease, "WAIT_SECONDS", serving_lease.LEASE_SECONDS - 1)


def _promise_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promise that is given is not remembered."""
    monkeypatch.setattr(Promises, "grant", lambda self, node, applied, _now: self.hear(node, applied) or True)


def _behind_is_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that lacks what was acknowledged gets a promise."""

    def grant(self: Promises, node: str, applied: list[int], now: float) -> bool:
        self.hear(node, applied)
        self._promised[node] = now + serving_lease.WAIT_SECONDS
        return True

    monkeypatch.setattr(Promises, "grant", grant)


def _restart_forgets_what_was_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that was started again believes that it has acknowledged nothing."""
    began = Promises.__init__
    monkeypatch.setattr(Promises, "__init__", lambda self, applied: began(self, [0] * len(applied)))


def _from_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease is counted from the answer, and not from the question."""
    granted = HeldLease.granted
    monkeypatch.setattr(HeldLease, "granted", lambda self, by, _asked_at: granted(self, by, _asked_at + 1.0))


def _one_promise_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node serves although one of the others has promised nothing."""
    until = lambda self, others: max(self._log, *(self._granted.get(other, 0.0) for other in others))  # noqa: E731
    monkeypatch.setattr(HeldLease, "until", until)


def _unread_log_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the log has been asked counts, whether or not what it holds is applied."""
    looked = Leases._look

    async def look(self: Leases) -> str:
        self._held.log_applied(self._clock())
        return await looked(self)

    monkeypatch.setattr(Leases, "_look", look)


def _for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node serves on, whatever its lease."""
    monkeypatch.setattr(HeldLease, "until", lambda *_: inf)


def _silence_is_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was waited for in vain is not waited for again, though the log does not say that it may not rest on it."""
    wait_until = Leases._wait_until

    def until(self: Leases, node: Node, partition: int, number: int) -> float:
        return 0.0 if node.node in self.silent else wait_until(self, node, partition, number)

    monkeypatch.setattr(Leases, "_wait_until", until)


def _away_by_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that its region goes on without rests on the log as before."""
    monkeypatch.setattr(Members, "is_away", lambda _: False)


def _absent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the lease that a node had when it was missed."""
    monkeypatch.setattr(Leases, "_wait_until", lambda self, node, _, number: _until_absent(self, node, number))


def _until_absent(leases: Leases, node: Node, number: int) -> float:
    return leases._promises.wait_until(node.node, number, 0.0 if node.away else inf)


def _absences_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that has returned and is missed again counts as away since the first time."""
    since: dict[tuple[int, str], float] = {}

    def until(self: Leases, node: Node, _: int, number: int) -> float:
        gone_since = since.setdefault((id(self), node.node), self._clock()) if node.away else inf
        return self._promises.wait_until(node.node, number, gone_since)

    monkeypatch.setattr(Leases, "_wait_until", until)


@pytest.mark.parametrize(
    "plant",
    [
        _no_wait,
        _too_short,
        _promise_forgotten,
        _behind_is_granted,
        _restart_forgets_what_was_acknowledged,
        _from_the_answer,
        _one_promise_is_enough,
        _unread_log_counts,
        _for_ever,
        _silence_is_absence,
        _away_by_the_log,
        _absent_at_once,
        _absences_are_one,
    ],
)
def test_a_planted_bug_is_found(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(run(seed).violations for seed in range(SEEDS_TO_CATCH)), "no schedule has shown it"
