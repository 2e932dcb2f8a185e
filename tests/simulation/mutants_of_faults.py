"""Bugs in what is to save a region's acknowledged changes when the region, its disk or its keys go.

The names in a planted function are those of the module in which it is planted.
"""
# mypy: disable-error-code="name-defined, no-any-return"
# ruff: noqa: F821

from typing import Any

from replication.detours import Detours
from services.region_node import changing
from services.region_node.acknowledgements import Acknowledgements
from tests.simulation.planting import Mutant, code, method


async def _wait_for_nobody(*_: object) -> tuple[str, ...]:
    return ()


async def _look_away(*_: object) -> None:
    return None


def _standing_of_nobody(snapshot: Any, partition: int) -> Any:
    head = PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition)))
    return Place(partition, head.head.sequence, None)


async def _note_what_was_asked(self: Acknowledgements, peer: str, partition: int, head: Any) -> None:
    number = max([head.sequence, *self._wanted.get(partition, ())])
    self._known[peer, partition] = head._replace(sequence=number)
    self._news.tell()


OF_FAULTS = {
    "answered-unadopted": Mutant(
        "a change that others have to have is answered at once",
        method(Acknowledgements, "reached", _wait_for_nobody),
    ),
    "resumed-unadopted": Mutant(
        "a change that is asked for again is answered at once", code(changing._place, _standing_of_nobody)
    ),
    "asked-is-adopted": Mutant(
        "a peer that answers has adopted all that it was asked for",
        method(Acknowledgements, "_note", _note_what_was_asked),
    ),
    "handed-on-by-nobody": Mutant("nobody hands on what a lost region had given", method(Detours, "look", _look_away)),
}
