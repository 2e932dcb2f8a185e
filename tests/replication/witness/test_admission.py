"""What lets requests through: the ruling of this very start, and nothing else."""

from contextlib import suppress

import pytest

from replication.state.memory_store import MemoryStore
from replication.state.served_state import ServedState
from replication.state.view import Moment
from replication.witness.admission import Admission, Gate, read_admission, write_admission
from replication.witness.witness_rule import Ruling, Service, Why
from shared.errors import KeytideError
from shared.witness_errors import LogContradicted, NotWitnessed, WitnessOverdue
from tests.replication.written_log import HOME, START

WHOLE = Ruling(Service.WHOLE, Why.WITNESSED, "witnessed by eu-west-1")
READS = Ruling(Service.READS, Why.UNWITNESSED, "no peer can be asked", START + 100)
VOUCHED = Ruling(Service.WHOLE, Why.VOUCHED, "an operator has vouched for its log")
OVERDUE = Ruling(Service.NONE, Why.OVERDUE, "no peer could be asked in time")
CONTRADICTED = Ruling(Service.NONE, Why.CONTRADICTED, "its log is an older one")


class Side:
    def __init__(self) -> None:
        self.store, self.served = MemoryStore(), ServedState(1, Gate("now"))

    def rule(self, ruling: Ruling, start: str = "now") -> None:
        write_admission(self.store, Admission(start, ruling, START))

    def ask(self, after: int = 0) -> None:
        with self.store.read() as reading:
            self.served.view(reading, Moment(HOME, START + after))


def test_nothing_is_served_before_there_is_a_ruling() -> None:
    with pytest.raises(NotWitnessed, match="are asked"):
        Side().ask()


def test_a_ruling_that_came_with_an_older_copy_of_the_state_says_nothing_of_this_start() -> None:
    side = Side()
    side.rule(WHOLE, start="before")
    with pytest.raises(NotWitnessed):
        side.ask()


def test_a_ruling_binds_the_next_request() -> None:
    side = Side()
    side.rule(WHOLE)
    side.ask()
    side.rule(CONTRADICTED)
    with pytest.raises(LogContradicted, match="its log is an older one"):
        side.ask()


def test_an_unwitnessed_region_is_served_until_its_limit_whether_or_not_its_replicator_lives() -> None:
    side = Side()
    side.rule(READS)
    side.ask(99)
    with pytest.raises(WitnessOverdue):
        side.ask(100)


@pytest.mark.parametrize(
    ("ruling", "told"),
    [(WHOLE, ""), (READS, "unwitnessed"), (VOUCHED, "vouched"), (OVERDUE, ""), (CONTRADICTED, "")],
)
def test_what_is_served_although_nobody_has_confirmed_it_is_told(ruling: Ruling, told: str) -> None:
    side = Side()
    side.rule(ruling)
    with suppress(KeytideError):
        side.ask()
    assert side.served.unconfirmed == told


def test_a_region_that_is_overdue_is_not_served() -> None:
    side = Side()
    side.rule(OVERDUE)
    with pytest.raises(WitnessOverdue):
        side.ask()


def test_who_decides_or_reviews_needs_no_ruling() -> None:
    side = Side()
    with side.store.read() as reading:
        side.served.view(reading)
        ServedState(1).view(reading, Moment(HOME, START))


def test_a_ruling_is_read_as_it_was_written() -> None:
    side = Side()
    side.rule(READS)
    with side.store.read() as snapshot:
        assert read_admission(snapshot) == Admission("now", READS, START)
