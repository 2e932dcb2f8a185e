"""A world whose broker and whose network belong to an attacker, who has no key of any region.

Owns the attacks. What peers read is changed on its way: a flipped bit, dropped, reordered or old entries, those of
another log, junk, or less than there is. And whoever may write to the topics adds to them: junk, records with a bit
changed, of other logs, and seen before. Once the attacker has gone, all that the regions lack must still come.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from replication.log.event_log import Entry
from tests.simulation.link import Attack
from tests.simulation.region import SimulatedRegion
from tests.simulation.world import Disturbance, World

Forging = Callable[[random.Random, Sequence[bytes], Sequence[bytes]], bytes]


@dataclass
class AttackedWorld(World):
    many: int = 40

    def disturbances(self) -> Sequence[Disturbance | None]:
        return [*super().disturbances(), *[self._attack_links] * 12, *[self._add_to_logs] * 8]

    async def _attack_links(self, region: SimulatedRegion) -> None:
        for peer, link in region.links.items():
            other = next(name for name in self.regions if name not in (peer, region.name))
            own, foreign = self.regions[peer].shared.entries[0], self.regions[other].shared.entries[0]
            link.attacks.append(attack(self.chance, own, foreign))

    async def _add_to_logs(self, region: SimulatedRegion) -> None:
        others = [other for other in self.regions.values() if other is not region]
        for name in ("local", "shared"):
            log, foreign = getattr(region, name), getattr(self.chance.choice(others), name)
            if log.entries[0] and foreign.entries[0]:
                forge = self.chance.choice(FORGERIES)
                log.write(0, [forge(self.chance, log.entries[0], foreign.entries[0])])

    async def _heal(self) -> None:
        """Whoever was lied to reads again: a mirror looks back only where it knows that something is missing."""
        await super()._heal()
        for region in self.regions.values():
            await region.crash()
            region.start()


def attack(chance: random.Random, own: Sequence[bytes], foreign: Sequence[bytes]) -> Attack:
    """What becomes of one answer."""
    kind, seed = chance.choice(_ATTACKS), chance.random()
    return lambda entries: kind(random.Random(seed), entries, own, foreign)


def _flip(chance: random.Random, entries: Sequence[Entry], *_logs: Sequence[bytes]) -> Sequence[Entry]:
    at = chance.randrange(len(entries))
    return [*entries[:at], Entry(entries[at].position, flipped(chance, entries[at].record)), *entries[at + 1 :]]


def _drop(chance: random.Random, entries: Sequence[Entry], *_logs: Sequence[bytes]) -> Sequence[Entry]:
    at = chance.randrange(len(entries))
    return [*entries[:at], *entries[at + 1 :]]


def _reorder(chance: random.Random, entries: Sequence[Entry], *_logs: Sequence[bytes]) -> Sequence[Entry]:
    records = [entry.record for entry in entries]
    chance.shuffle(records)
    return [Entry(entry.position, record) for entry, record in zip(entries, records, strict=True)]


def _truncate(chance: random.Random, entries: Sequence[Entry], *_logs: Sequence[bytes]) -> Sequence[Entry]:
    return entries[: chance.randrange(len(entries))]


def _replay(
    chance: random.Random, entries: Sequence[Entry], own: Sequence[bytes], _foreign: Sequence[bytes]
) -> Sequence[Entry]:
    return [Entry(entry.position, chance.choice(own)) for entry in entries]


def _splice(
    chance: random.Random, entries: Sequence[Entry], _own: Sequence[bytes], foreign: Sequence[bytes]
) -> Sequence[Entry]:
    return [Entry(entry.position, chance.choice(foreign)) for entry in entries] if foreign else entries


def _junk(chance: random.Random, entries: Sequence[Entry], *_logs: Sequence[bytes]) -> Sequence[Entry]:
    return [Entry(entry.position, chance.randbytes(chance.randrange(200))) for entry in entries]


_ATTACKS = (_flip, _drop, _reorder, _truncate, _replay, _splice, _junk)

FORGERIES: Sequence[Forging] = (
    lambda chance, _own, _foreign: chance.randbytes(chance.randrange(200)),
    lambda chance, own, _foreign: flipped(chance, chance.choice(own)),
    lambda chance, own, _foreign: chance.choice(own),
    lambda chance, _own, foreign: chance.choice(foreign),
)
"""What an attacker writes to a log."""


def flipped(chance: random.Random, record: bytes) -> bytes:
    """With one bit changed; an empty one, which junk may be, stays empty."""
    if not record:
        return record
    at = chance.randrange(8 * len(record))
    changed = bytearray(record)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)
