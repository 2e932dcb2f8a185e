"""The keys of `promotion.py`, of which two regions hand one to the third at once: what happens then is scripted.

The first region hands over to the second, while the third, which nobody hears, promotes itself; both hand over to the
first. Whoever believes to be the primary then goes on to rotate it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from replication.state.view import SnapshotView
from shared.decision import Decision
from shared.keys.commands import KeyName, RegionalSettings, ReplicateKey, SettingsLimits, UpdatePrimaryRegion
from shared.keys.decide_grounds import has_two_grounds
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicate_key
from shared.keys.specs import AWS_KMS
from tests.replication.written_log import ACCOUNT
from tests.shared.keys.examples import AUTHOR
from tests.simulation.family import ORIGINS
from tests.simulation.materials import sealed_for
from tests.simulation.promotion import PromotionWorld
from tests.simulation.world import REGIONS, Command

FIRST, SECOND, THIRD = REGIONS
KEY_ID = next(key_id for key_id, origin in ORIGINS.items() if origin == AWS_KMS)
SCRIPT = ((THIRD, ""), (FIRST, SECOND), (SECOND, FIRST), (THIRD, FIRST))
"""Who does it, and to whom the key is handed over; to nobody: it is promoted."""
BEGIN, TRIES = len(ORIGINS) + 4, 3
END = BEGIN + TRIES * len(SCRIPT)


@dataclass
class HandedTwiceWorld(PromotionWorld):
    many: int = END + 4
    twice: int = 0
    """So many regions had the key on two grounds, before any of them said which line counts."""

    def command(self, number: int) -> Command:
        self._cut_off_the_third(is_cut=BEGIN <= number < END)
        if number >= END:
            name = KeyName(self.chance.choice(REGIONS), ACCOUNT, KEY_ID)
            return Command(number, name.region, self._rotating(number, name))
        if number < len(ORIGINS):
            return super().command(number)
        if number < BEGIN:
            return Command(number, FIRST, _replicate(REGIONS[1 + number % 2]))
        region, to = SCRIPT[(number - BEGIN) // TRIES]
        name = KeyName(region, ACCOUNT, KEY_ID)
        return Command(number, region, self._promoting(number, name) if not to else _hand_over(name, to))

    async def settle(self) -> None:
        keys = [(key, name) for name, region in self.regions.items() for key in region.keys().values()]
        self.twice = sum(has_two_grounds(key, name) for key, name in keys)
        await super().settle()

    def _cut_off_the_third(self, *, is_cut: bool) -> None:
        for name, region in self.regions.items():
            for peer, link in region.links.items():
                link.cut = is_cut and THIRD in (name, peer)

    async def _disturb(self) -> None:
        if not BEGIN <= len(self.commands) <= END:
            await super()._disturb()


def _replicate(to: str) -> Callable[[SnapshotView], Decision]:
    name = KeyName(FIRST, ACCOUNT, KEY_ID)
    command = ReplicateKey(name, to, frozenset(REGIONS), RegionalSettings(), SettingsLimits(), AUTHOR)

    def decided(view: SnapshotView) -> Decision:
        key = view.key(ACCOUNT, KEY_ID)
        sealed = {m.material_id: sealed_for(m.material_id, [to]) for m in key.materials} if key else {}
        return replicate_key(command, view, sealed)

    return decided


def _hand_over(name: KeyName, to: str) -> Callable[[SnapshotView], Decision]:
    return lambda view: update_primary_region(UpdatePrimaryRegion(name, to), view)
