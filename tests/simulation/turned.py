"""A world in which one region's operator has turned against the others: it signs lies with its own good key.

Owns the lies: what the region may not say of keys that others lead. Its records are numbered and chained as they must
be, so that everybody adopts the same ones. What it may do with its own keys it does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from replication.records.body import encode_change, encode_shared
from replication.state.view import Moment, SnapshotView
from replication.writing.draft import Answer, Draft
from shared import events as e
from shared.keys.model import Key
from tests.replication.written_log import ACCOUNT, START
from tests.simulation.materials import sealed_for
from tests.simulation.region import PARTITIONS, SimulatedRegion
from tests.simulation.world import PATIENCE_SECONDS, REGIONS, Disturbance, World

LIAR = REGIONS[2]
LIE = f"{0xBAD:064x}"
"""The id of the material that the liar would have others use."""
Lie = Callable[[Key], e.Event]


@dataclass
class TurnedWorld(World):
    many: int = 36
    lies: list[asyncio.Task[Answer]] = field(default_factory=list)

    @property
    def left(self) -> list[SimulatedRegion]:
        return [region for region in self.regions.values() if region.name != LIAR]

    def disturbances(self) -> list[Disturbance | None]:
        return [*super().disturbances(), *[self._lie] * 12]

    async def _lie(self, _region: SimulatedRegion) -> None:
        liar = self.regions[LIAR]
        if liar.author is None or not (keys := _of_others(liar)):
            return
        key = self.chance.choice(keys)
        lie = self.chance.choice(LIES)(key)
        draft = Draft(
            0,
            None,
            ((e.stream_of(lie), None),),
            key_epoch=self.chance.choice([None, key.present_epoch, (key.epoch, LIAR), (key.epoch + 1, LIAR)]),
            shared=encode_shared([lie]),
            body=encode_change("", ()),
        )
        self.lies.append(asyncio.create_task(liar.author.submit(draft, PATIENCE_SECONDS)))


def _of_others(liar: SimulatedRegion) -> list[Key]:
    """The keys that the liar knows of and does not lead."""
    with liar.store.read() as snapshot:
        view = SnapshotView(snapshot, PARTITIONS, Moment(liar.name, liar.now()))
        return [key for key in view.keys(ACCOUNT, "") if key.primary_region not in (None, LIAR)]


def _material(key: Key) -> tuple[e.MaterialBorn, ...]:
    return (e.MaterialBorn(LIE, key.key_id, START, None, sealed_for(LIE, REGIONS)),)


LIES: tuple[Lie, ...] = (
    lambda key: e.KeyRotated(ACCOUNT, key.key_id, "ON_DEMAND", LIE, _material(key)),
    lambda key: e.KeyRotationEnabled(ACCOUNT, key.key_id, 90),
    lambda key: e.KeyDisabled(ACCOUNT, key.key_id),
    lambda key: e.KeyDeletionScheduled(ACCOUNT, key.key_id, 7, START),
    lambda key: e.KeyDeleted(ACCOUNT, key.key_id, key.primary_region or "", True),
    lambda key: e.KeyDeleted(ACCOUNT, key.key_id, LIAR),
)
"""Of a key that another region leads."""
