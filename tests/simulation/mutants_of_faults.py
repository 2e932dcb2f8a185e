"""Bugs in what is to save a region's acknowledged changes when the region, its disk or its keys go.

The names in a planted function are those of the module in which it is planted.
"""
# mypy: disable-error-code="name-defined, no-any-return"
# ruff: noqa: F821

import asyncio
from typing import Any
from unittest.mock import patch

from replication.fold import homecoming
from replication.fold.erasing import Erasing
from replication.sharing.detours import Detours
from replication.witness import witness_rule, witnessed
from replication.witness.witness_rule import Found
from services.region_node.changes import changing
from services.region_node.erasure.domain_care import DomainCare
from services.region_node.erasure.epoch_opening import EpochOpening
from services.region_node.erasure.fresh_keys import fingerprint_of
from services.region_node.keys.cabinet import domain_file
from services.region_node.keys.region_keys import fresh_domain_key
from services.region_node.peers.heard_acknowledgements import Acknowledgements
from services.region_node.rebuild.homecoming import Homecoming
from services.region_node.witness import comparing
from shared.erasure.events import EpochOpened
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


async def _open_unkept(self: EpochOpening, partition: int, domain: Any, make: Any = fresh_domain_key) -> bool:
    """The record first, and the key half a second later: what is in memory alone ends with the process."""
    name, key = domain_file(domain.bucket, domain.epoch + 1), make()
    opened = EpochOpened(domain.bucket, domain.epoch + 1, fingerprint_of(name, key))
    done = await self._record(partition, domain, opened)
    await asyncio.sleep(0.5)
    self._fresh.keep(name, key)
    return done


_compare = witness_rule.compare


def _extends_what_it_lacks(head: Any, digest_at: Any, signed: Any) -> Found:
    return Found.EXTENDS if signed.sequence > head.sequence else _compare(head, digest_at, signed)


SYNCHRONOUS, ERASED, RESTORED = ("synchronous",), ("erased",), ("restored",)


def _any_lost(envelope: Any, shared: Any) -> Any:
    return (
        None if envelope.origin is None else decode_record(decode_adoption(envelope.body or b"").shared_record).signed
    )


OF_FAULTS = {
    "answered-unadopted": Mutant(
        "a change that others have to have is answered at once",
        method(Acknowledgements, "reached", _wait_for_nobody),
        SYNCHRONOUS,
    ),
    "resumed-unadopted": Mutant(
        "a change that is asked for again is answered at once", code(changing._place, _standing_of_nobody), SYNCHRONOUS
    ),
    "asked-is-adopted": Mutant(
        "a peer that answers has adopted all that it was asked for",
        method(Acknowledgements, "_note", _note_what_was_asked),
        SYNCHRONOUS,
    ),
    "ended-epoch-applies": Mutant(
        "what is wrapped under an ended epoch is applied", method(Erasing, "is_stale", lambda *_: False), ERASED
    ),
    "closed-unread": Mutant(
        "an epoch is closed whatever rests on it", method(DomainCare, "_rests_on_earlier", lambda *_: False), ERASED
    ),
    "opened-unkept": Mutant(
        "an epoch is opened before its key is kept", method(EpochOpening, "open", _open_unkept), ERASED
    ),
    "remains-unnoted": Mutant("nobody notes what was destroyed", method(Erasing, "_note", lambda *_: None), ERASED),
    "ended-key-kept": Mutant(
        "the key of a closed epoch stays on the disk", method(DomainCare, "_destroy", lambda *_: None), ERASED
    ),
    "witness-keeps-first": Mutant(
        "a witness keeps what it has seen first",
        code(witnessed._highest, lambda highest, seen: tuple(highest) or (seen,)),
        RESTORED,
    ),
    "short-extends": Mutant(
        "a log that ends too early extends what was signed",
        lambda: patch.object(comparing, "compare", _extends_what_it_lacks),
        RESTORED,
    ),
    "home-unheard": Mutant(
        "a restored region does not wait for what its peers have to say",
        method(Homecoming, "_unheard", lambda _: ""),
        RESTORED,
    ),
    "home-at-once": Mutant(
        "a restored region gives its numbers again", method(Homecoming, "hinders", lambda *_: ""), RESTORED
    ),
    "home-out-of-turn": Mutant("what comes home need not be the next", code(homecoming.next_lost, _any_lost), RESTORED),
    "handed-on-by-nobody": Mutant(
        "nobody hands on what a lost region had given", method(Detours, "look", _look_away), ("lost", "synchronous")
    ),
}
