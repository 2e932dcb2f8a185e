"""Three regions that tell each other of one key, each folding it twice: all remembered, and as it is kept short.

Owns the network: who has said what, how far each has adopted the others, and what is decided by whom. The records and
the judgement of them are the real ones. What is decided is decided on the short form, as at a region.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple
from unittest.mock import patch

from shared import events as e
from shared.authority import overreach
from shared.evolve import evolve
from shared.fold import Fold
from shared.here import Here, Standing
from shared.identifiers import key_stream
from shared.keys import condensing
from shared.keys.history import overtaken, regions_of
from shared.keys.model import Key, KeyMaterial, SharedChange
from shared.keys.remembering import remember
from shared.keys.settling import first_with
from shared.keys.specs import EXTERNAL
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID

REGIONS = ("ap-east-1", "eu-west-1", "us-east-1")
SHORT, EVERYTHING = 3, 1 << 30
STREAM = key_stream(ACCOUNT, MULTI_REGION_KEY_ID)


class Record(NamedTuple):
    """What a region has shared. `epoch`: the one in which it speaks; `adopted`: how far it had the others."""

    origin: str
    number: int
    epoch: tuple[int, str]
    adopted: Mapping[str, int]
    event: e.Event
    time: int


class Region:
    def __init__(self, name: str, key: Key) -> None:
        self.name, self.short, self.whole = name, key, key
        self.said: list[Record] = []
        self.adopted: dict[str, int] = {}
        self.known: dict[str, Mapping[str, int]] = {}


def remembered(most: int) -> AbstractContextManager[object]:
    return patch.object(condensing, "WHOLE_MOST", most)


def born(number: int) -> KeyMaterial:
    return KeyMaterial(f"{number:064x}", MULTI_REGION_KEY_ID, number, b"wrapped")


class Network:
    """`origin`: that of the key."""

    def __init__(self, origin: str) -> None:
        first, *others = REGIONS
        common = (ACCOUNT, MULTI_REGION_KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", origin, 1, (born(1),))
        key = Key(*common, "Enabled", "", "{}", (), first, tuple(others), 0)
        self.regions = {name: Region(name, key) for name in REGIONS}
        self.time = 100

    def say(self, region: Region, event: e.Event, epoch: tuple[int, str] | None = None) -> None:
        self.time += 1
        said = region.short.present_epoch if epoch is None else epoch
        record = Record(region.name, len(region.said) + 1, said, dict(region.adopted), event, self.time)
        region.said.append(record)
        known = {**region.known, region.name: dict(region.adopted)}
        asked = Fold(region.name, self.time, None, {}, record.number, said, "", record.adopted, known)
        self._fold(region, record, asked)

    def adopt(self, region: Region, other: Region) -> bool:
        """Whether there was a record whose causes are here."""
        following = region.adopted.get(other.name, 0)
        if following == len(other.said):
            return False
        record = other.said[following]
        have = {**region.adopted, region.name: len(region.said)}
        if any(have.get(name, 0) < number for name, number in record.adopted.items()):
            return False
        region.adopted[other.name] = record.number
        region.known[other.name] = record.adopted
        known = {**region.known, region.name: dict(region.adopted)}
        sealed = {m.material_id: b"rewrapped" for m in e.materials_of(record.event) if region.name in (m.sealed or {})}
        fold = Fold(
            region.name, record.time, record.origin, sealed, record.number, record.epoch, "", record.adopted, known
        )
        judgements = {self._judged(region, key, record) for key in (region.short, region.whole)}
        assert len(judgements) == 1, (judgements, record)
        if judgements == {""}:
            self._fold(region, record, fold)
        return True

    def _judged(self, region: Region, key: Key, record: Record) -> str:
        here = Here(region.name, lambda _: True, lambda _: key, record.epoch, record.number, record.adopted)
        return overreach(record.origin, here, {STREAM: Standing(key, True)}, (record.event,))

    def _fold(self, region: Region, record: Record, fold: Fold) -> None:
        for form, most in (("short", SHORT), ("whole", EVERYTHING)):
            with remembered(most):
                after = evolve(getattr(region, form), record.event, fold)
                assert isinstance(after, Key)
                setattr(region, form, remember(after, [record.event], fold))


def leads(region: Region) -> bool:
    return region.short.held_here and region.short.primary_region == region.name


def switch(network: Network, region: Region) -> None:
    """Something of which nothing hangs on."""
    if leads(region):
        network.say(region, e.KeyRotationDisabled(ACCOUNT, MULTI_REGION_KEY_ID))


def rotate(network: Network, region: Region) -> None:
    if not leads(region):
        return
    if region.short.origin == EXTERNAL:
        if pending := region.short.pending_material:
            network.say(region, e.KeyRotated(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", pending.material_id))
        return
    sealed = dict.fromkeys(region.short.replica_regions, b"sealed")
    made = e.MaterialBorn(f"{network.time:064x}", MULTI_REGION_KEY_ID, network.time, b"wrapped", sealed)
    network.say(region, e.KeyRotated(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", made.material_id, (made,)))


def bring(network: Network, region: Region) -> None:
    """Import: the primary new material, a replica what is pending."""
    key, pending = region.short, region.short.pending_material
    if key.origin != EXTERNAL or not key.held_here:
        return
    if key.primary_region == region.name:
        made = e.MaterialBorn(f"{network.time:064x}", MULTI_REGION_KEY_ID, network.time, b"wrapped")
        network.say(region, e.KeyMaterialImported(ACCOUNT, MULTI_REGION_KEY_ID, (made,), pending=True))
    elif pending is not None:
        told = pending.material_id, pending.created_at
        network.say(region, e.ReplicaMaterialImported(ACCOUNT, MULTI_REGION_KEY_ID, region.name, *told))


def replicate(network: Network, region: Region) -> None:
    key = region.short
    lacking = [name for name in REGIONS if name not in (key.primary_region, *key.replica_regions)]
    if not leads(region) or not lacking:
        return
    sealed = {lacking[0]: b"sealed"} if key.origin != EXTERNAL else None
    given = tuple(
        e.MaterialBorn(m.material_id, m.born_key_id, m.created_at, m.wrapped, sealed)
        for m in key.materials
        if not m.pending
    )
    common = (ACCOUNT, MULTI_REGION_KEY_ID, key.spec, key.usage, key.origin, given, region.name)
    network.say(region, e.KeyReplicated(*common, (*key.replica_regions, lacking[0]), lacking[0], policy="{}"))


def go(network: Network, region: Region) -> None:
    """A replica is deleted."""
    if region.short.held_here and not leads(region):
        network.say(region, e.KeyDeleted(ACCOUNT, MULTI_REGION_KEY_ID, region.name))


def promote(network: Network, region: Region) -> None:
    key = region.short
    if not key.held_here or region.name not in key.replica_regions:
        return
    former, count = key.primary_region or "", key.epoch + 1
    built_on = region.adopted.get(former, 0)
    whole = encode_whole(key, regions_of(key))
    promoted = e.KeyPromoted(ACCOUNT, MULTI_REGION_KEY_ID, region.name, count, former, built_on, bytes(32), whole)
    network.say(region, promoted, (count, region.name))


def hand_over(network: Network, region: Region) -> None:
    key = region.short
    if leads(region) and key.replica_regions:
        whole = encode_whole(key, regions_of(key))
        to = key.replica_regions[0]
        network.say(region, e.PrimaryRegionUpdated(ACCOUNT, MULTI_REGION_KEY_ID, to, key.epoch + 1, whole))


def settle(network: Network, region: Region) -> None:
    """The primary drops the first that is listed."""
    key = region.short
    listed = overtaken(key)
    if leads(region) and listed:
        network.say(region, dropped(key, listed[0]))


def dropped(key: Key, change: SharedChange) -> e.OvertakenSettled:
    first = first_with(key, change)
    since = 0 if first == change.number else first
    return e.OvertakenSettled(ACCOUNT, MULTI_REGION_KEY_ID, change.origin, change.number, since=since)


ACTIONS: tuple[Callable[[Network, Region], None], ...] = (
    switch,
    rotate,
    bring,
    replicate,
    go,
    promote,
    hand_over,
    settle,
)
