"""What becomes of a node in the state of its region."""

import pytest

from shared.evolve import evolve
from shared.fold import BrokenHistory, Fold
from shared.nodes.events import NodeAdmitted, NodeMissed, NodeMoved, NodeRemoved, NodeReturned
from shared.nodes.model import NODE_PATTERN, Node

FOLD = Fold("us-east-1", 7)
NODE = Node("node-2", b"card", "10.0.0.2:8150", 7, b"token")


def test_an_admitted_node_is_known_by_its_card_and_its_address() -> None:
    assert evolve(None, NodeAdmitted("node-2", b"card", "10.0.0.2:8150", b"token"), FOLD) == NODE


def test_a_node_that_moves_keeps_everything_else() -> None:
    assert evolve(NODE, NodeMoved("node-2", "10.0.0.3:8150"), FOLD) == NODE._replace(address="10.0.0.3:8150")


def test_a_removed_node_stays_known_so_that_nobody_gets_its_name() -> None:
    assert evolve(NODE, NodeRemoved("node-2", "node-1"), FOLD) == NODE._replace(removed=True)


def test_each_absence_has_its_number_and_ends_with_the_return() -> None:
    missed = evolve(NODE, NodeMissed("node-2", "node-1"), FOLD)
    assert missed == NODE._replace(away=True, absences=1)
    returned = evolve(missed, NodeReturned("node-2", 1), FOLD)
    assert returned == NODE._replace(absences=1)
    assert evolve(returned, NodeMissed("node-2", "node-1"), FOLD) == NODE._replace(away=True, absences=2)


def test_a_node_that_never_was_cannot_move() -> None:
    with pytest.raises(BrokenHistory):
        evolve(None, NodeMoved("node-2", "10.0.0.3:8150"), FOLD)


@pytest.mark.parametrize("name", ["node-1", "a", "0", "a" * 20])
def test_names_of_nodes(name: str) -> None:
    assert NODE_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a" * 21, "a.b", "a/b", "ä"])
def test_what_is_no_name_of_a_node(name: str) -> None:
    assert NODE_PATTERN.fullmatch(name) is None
