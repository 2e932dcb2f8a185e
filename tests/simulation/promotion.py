"""The two multi-region keys of `family.py`, and operators who promote their replicas by force, at once and elsewhere.

What is overtaken is listed. In the end whoever was handed a key twice at once says which line counts, each region gives
what others lack, and the present primary settles the rest. It seals again what a region was given and has not kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count, product

from replication.records.position import EMPTY_HEAD
from replication.state.view import SnapshotView
from shared.decision import Decision
from shared.erasure.events import SecretSealed
from shared.events import Event, KeyReplicated, MaterialBorn
from shared.keys.commands import KeyName, ScheduleKeyDeletion
from shared.keys.condensing import events_of
from shared.keys.decide_deletion import delete_key, schedule_key_deletion
from shared.keys.decide_giving import give_material, to_give
from shared.keys.decide_grounds import settle_grounds
from shared.keys.decide_promotion import PromoteKey, SettleOvertaken, promote_key, settle_overtaken
from shared.keys.history import overtaken
from shared.keys.in_one_record import Decide, in_one_record
from shared.keys.model import PENDING_DELETION, Key, SharedChange
from tests.replication.written_log import ACCOUNT, START
from tests.simulation.family import ORIGINS, FamilyWorld, give_replica
from tests.simulation.materials import sealed_for
from tests.simulation.region import SimulatedRegion
from tests.simulation.world import REGIONS, Command


@dataclass
class PromotionWorld(FamilyWorld):
    many: int = 80

    def command(self, number: int) -> Command:
        if number < len(ORIGINS) + 4:
            return super().command(number) if number < len(ORIGINS) else self._spread(number)
        if self.chance.random() < 0.7:
            return super().command(number)
        kinds = [*[self._promoting] * 6, self._going, self._gone, self._settling]
        name = KeyName(self.chance.choice(REGIONS), ACCOUNT, self.chance.choice([*ORIGINS]))
        return Command(number, name.region, self.chance.choice(kinds)(number, name))

    def _spread(self, number: int) -> Command:
        key_id = [*ORIGINS][number % 2]
        name = KeyName(REGIONS[0], ACCOUNT, key_id)
        return Command(number, name.region, self._giving(number, name))

    def _promoting(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        region = self.regions[name.region]
        return lambda view: promote(region, name, view)

    def _going(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        """Replicas alone go: the keys are to stay."""

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, name.key_id)
            is_replica = key is not None and key.primary_region != name.region
            return schedule_key_deletion(ScheduleKeyDeletion(name, 7, START), view) if is_replica else Decision(())

        return decided

    def _gone(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, name.key_id)
            goes = key is not None and key.state == PENDING_DELETION and key.primary_region != name.region
            return delete_key(name, view) if goes else Decision(())

        return decided

    def _settling(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        drawn, again = self.chance.random(), self.chance.random() < 0.5

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, name.key_id)
            changes = overtaken(key) if key is not None and key.primary_region == name.region else []
            if not changes:
                return Decision(())
            change = changes[int(drawn * len(changes))]
            return _settled(name, change, again, view)

        return decided

    async def settle(self) -> None:
        """What nodes do by themselves: overtaken material reaches every region of its key."""
        turns = count(1000)
        await settle_on_one_ground(self.regions, ORIGINS, turns)
        await self._rest()
        for name in REGIONS * 2:
            for key_id in ORIGINS:
                give = partial(_given, KeyName(name, ACCOUNT, key_id))
                while await self.regions[name].change(next(turns).to_bytes(16, "big"), give) is not None:
                    pass
            await self._rest()
        for name, key_id in product(REGIONS, ORIGINS):
            seal = partial(_sealed_again, self.regions, KeyName(name, ACCOUNT, key_id))
            await self.regions[name].change(next(turns).to_bytes(16, "big"), seal)
        await self._rest()


def promote(region: SimulatedRegion, name: KeyName, view: SnapshotView) -> Decision:
    """As the operator's command decides it."""
    key = view.key(ACCOUNT, name.key_id)
    former = "" if key is None else key.primary_region or ""
    head = region.materializer.head(0).adopted.get(former, EMPTY_HEAD)
    return promote_key(PromoteKey(name, former, (head.sequence, head.digest)), view)


async def settle_on_one_ground(
    regions: Mapping[str, SimulatedRegion], key_ids: Iterable[str], turns: Iterator[int]
) -> None:
    """Whoever was handed a key by two regions at once says which line counts. `turns` number the commands."""
    for region, key_id in product(regions.values(), key_ids):
        decide = partial(_on_one_ground, region, KeyName(region.name, ACCOUNT, key_id))
        await region.change(next(turns).to_bytes(16, "big"), decide)


def _on_one_ground(region: SimulatedRegion, name: KeyName, view: SnapshotView) -> Decision:
    said = region.materializer.head(0).shared
    return settle_grounds(name, (said.sequence, said.digest), view)


def _settled(name: KeyName, change: SharedChange, again: bool, view: SnapshotView) -> Decision:
    """Of what is done again a replica alone is given here: it would be left with a key that nobody knows it has."""
    command = SettleOvertaken(name, change.origin, change.number, again)
    given = [event.replica_region for event in events_of(change) if again and isinstance(event, KeyReplicated)]
    decisions: list[Decide] = [lambda view: settle_overtaken(command, view)]
    return in_one_record([*decisions, *(partial(give_replica, name, to) for to in given)], name, START, view)


def _given(name: KeyName, view: SnapshotView) -> Decision:
    key = view.key(ACCOUNT, name.key_id)
    if key is None:
        return Decision(())
    sealed = {m.material_id: sealed_for(m.material_id, regions) for m, regions in to_give(key, name.region)}
    return give_material(name, view, sealed)


def strayed(key: Key, region: str) -> bool:
    """Whether an overtaken record gave the region the key."""
    return any(
        isinstance(event, KeyReplicated) and event.replica_region == region
        for change in key.history
        for event in events_of(change)
    )


def listed(key: Key) -> set[SharedChange]:
    """What is overtaken, as every region must list it."""
    return {change._replace(asked_by="", settled=()) for change in overtaken(key)}


def _sealed_again(regions: Mapping[str, SimulatedRegion], name: KeyName, view: SnapshotView) -> Decision:
    """As the primary answers whoever asks for what it lacks. The interleaving: a replica goes; its region adopts
    material of a lost epoch, and does not keep it; it is given the key again by who has not adopted that material yet.
    """
    key = view.key(ACCOUNT, name.key_id)
    if key is None or key.primary_region != name.region or not key.held_here:
        return Decision(())
    events: list[Event] = []
    for region in key.replica_regions:
        there = regions[region].keys()[name.key_id]
        wanted = {m.material_id for m in there.materials if m.overtaken and region in m.given_to and m.wrapped is None}
        held = [m for m in key.materials if m.material_id in wanted and m.wrapped is not None]
        sealed = (MaterialBorn(*m[:3], None, sealed_for(m.material_id, [region])) for m in held)
        events += [SecretSealed(ACCOUNT, name.key_id, region, tuple(sealed))] if held else []
    return Decision(tuple(events), tuple(events))
