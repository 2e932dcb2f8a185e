"""One multi-region key that asks now and then that its regions have things in common, and everybody who changes them.

The commands meet the key in any region: most are allowed somewhere, and the others are refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count

from replication.state.view import SnapshotView
from shared.aliases import decide as decide_aliases
from shared.aliases.commands import CreateAlias, DeleteAlias, UpdateAlias
from shared.decision import Decision
from shared.events import MaterialBorn
from shared.grants import decide as decide_grants
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.decide_sharing import give_grants
from shared.grants.terms import GrantTerms
from shared.keys import decide
from shared.keys.commands import (
    CreateKey,
    KeyName,
    PutKeyPolicy,
    RegionalSettings,
    ReplicateKey,
    ScheduleKeyDeletion,
    SettingsLimits,
    TagResource,
    UntagResource,
    UpdatePrimaryRegion,
)
from shared.keys.decide_deletion import delete_key, schedule_key_deletion
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicate_key
from shared.keys.model import PENDING_DELETION
from shared.keys.sharing import REPLICATE_TAG
from tests.replication.written_log import ACCOUNT, HOME, START, key_id, multi_region_key_id
from tests.shared.keys.examples import AUTHOR
from tests.simulation.materials import sealed_for, wrapped_of
from tests.simulation.world import REGIONS, Command, World

Decided = Callable[[SnapshotView], Decision]

SHARED, ELSE = multi_region_key_id(0), key_id(1)
"""The key, and a single-region key in every region that aliases may name instead."""
FIRST = f"{0:064x}"
"""The one material of the key."""
REPLICATE = ("policy grants aliases tags", "grants", "policy aliases", "grants tags", "aliases grants", "tags")
POLICY = (
    '{{"Version":"2012-10-17","Id":"{}",'
    '"Statement":{{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}}}'
)


@dataclass
class SharingWorld(World):
    many: int = 60

    def command(self, number: int) -> Command:
        if number <= len(REGIONS):
            return self._birth(number)
        if number < 2 * len(REGIONS):
            return Command(number, HOME, self._giving(number, KeyName(HOME, ACCOUNT, SHARED), REGIONS[number - 3]))
        rarely = [self._handing_over, self._going, self._gone, self._not_replicating]
        often = [self._granting] * 6 + [self._ending] * 4 + [self._aliasing] * 3 + [self._replicating] * 2
        kind = self.chance.choice([*often, *rarely, self._giving, self._giving, self._policy, self._tagging])
        name = KeyName(self.chance.choice(REGIONS), ACCOUNT, SHARED)
        return Command(number, name.region, kind(number, name))

    def _birth(self, number: int) -> Command:
        region = HOME if number == 0 else REGIONS[number - 1]
        key_id = SHARED if number == 0 else ELSE
        material_id = f"{number:064x}"
        material = MaterialBorn(material_id, key_id, START, wrapped_of(material_id))
        command = CreateKey(
            KeyName(region, ACCOUNT, key_id), "SYMMETRIC_DEFAULT", None, "AWS_KMS", number == 0,
            material, RegionalSettings(), SettingsLimits(), AUTHOR, 1000,
        )  # fmt: skip
        return Command(number, region, lambda view: decide.create_key(command, view))

    def _giving(self, _number: int, name: KeyName, to: str = "") -> Decided:
        to = to or self.chance.choice(REGIONS)
        command = ReplicateKey(name, to, frozenset(REGIONS), RegionalSettings(), SettingsLimits(), AUTHOR)
        return lambda view: replicate_key(command, view, {FIRST: sealed_for(FIRST, [to])})

    def _handing_over(self, _number: int, name: KeyName) -> Decided:
        command = UpdatePrimaryRegion(name, self.chance.choice(REGIONS))
        return lambda view: update_primary_region(command, view)

    def _going(self, _number: int, name: KeyName) -> Decided:
        """Replicas alone go: the key is to stay."""

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, SHARED)
            if key is None or key.primary_region == name.region:
                return Decision(())
            return schedule_key_deletion(ScheduleKeyDeletion(name, 7, START), view)

        return decided

    def _gone(self, _number: int, name: KeyName) -> Decided:
        """As the timer does it: its own grants first."""

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, SHARED)
            if key is None or key.state != PENDING_DELETION or key.primary_region == name.region:
                return Decision(())
            revoked = decide_grants.revoke_grants_of(name, view)
            return revoked if revoked.events else delete_key(name, view)

        return decided

    def _replicating(self, _number: int, name: KeyName) -> Decided:
        command = TagResource(name, ((REPLICATE_TAG, self.chance.choice(REPLICATE)),), 50)
        return lambda view: decide.tag_resource(command, view)

    def _not_replicating(self, _number: int, name: KeyName) -> Decided:
        return lambda view: decide.untag_resource(UntagResource(name, (REPLICATE_TAG,)), view)

    def _tagging(self, number: int, name: KeyName) -> Decided:
        command = TagResource(name, ((self.chance.choice("ab"), str(number)),), 50)
        return lambda view: decide.tag_resource(command, view)

    def _policy(self, number: int, name: KeyName) -> Decided:
        command = PutKeyPolicy(name, POLICY.format(number), True, AUTHOR, 32_768)
        return lambda view: decide.put_key_policy(command, view)

    def _aliasing(self, _number: int, name: KeyName) -> Decided:
        alias, target = f"alias/{self.chance.choice('abcd')}", self.chance.choice((SHARED, SHARED, ELSE))
        to = KeyName(name.region, ACCOUNT, target)
        return self.chance.choice(
            [
                lambda view: decide_aliases.create_alias(CreateAlias(alias, to, 50), view),
                lambda view: decide_aliases.create_alias(CreateAlias(alias, to, 50), view),
                lambda view: decide_aliases.update_alias(UpdateAlias(alias, to, 50), view),
                lambda view: decide_aliases.delete_alias(DeleteAlias(name.region, ACCOUNT, alias), view),
            ]
        )

    def _granting(self, number: int, name: KeyName) -> Decided:
        terms = GrantTerms(("Decrypt",), self.chance.choice(["", "n"]), f"arn:aws:iam::{ACCOUNT}:user/bob")
        command = CreateGrant(name, f"{number:064x}", ACCOUNT, terms, 50_000)
        return lambda view: decide_grants.create_grant(command, view)

    def _ending(self, _number: int, name: KeyName) -> Decided:
        end = self.chance.choice([decide_grants.revoke_grant, decide_grants.retire_grant])
        drawn = self.chance.random()

        def decided(view: SnapshotView) -> Decision:
            ids = list(view.grant_ids(ACCOUNT, SHARED, ""))
            return end(GrantName(name, ids[int(drawn * len(ids))]), view) if ids else Decision(())

        return decided

    async def settle(self) -> None:
        """What a node does by itself, in every region, until nothing is left to be done; then rest again."""
        for name in REGIONS:
            give = partial(give_grants, KeyName(name, ACCOUNT, SHARED))
            turns = count(1000)
            while await self.regions[name].change(next(turns).to_bytes(16, "big"), give) is not None:
                pass
        await self._rest()
