"""ReplicateKey, UpdatePrimaryRegion."""

from dataclasses import replace

from services.region_node.changes.fresh_material import all_sealed_to
from services.region_node.families.creating import require_creation
from services.region_node.operations import rules
from services.region_node.operations.metadata import metadata_of
from services.region_node.operations.resolve import resolve_name
from services.region_node.operations.types.common import Tag
from services.region_node.operations.types.replication import (
    ReplicateKeyRequest,
    ReplicateKeyResponse,
    UpdatePrimaryRegionRequest,
)
from services.region_node.requests.call import Call
from shared.decision import Decision, StateView
from shared.events import KeyReplicated
from shared.keys.commands import RegionalSettings, ReplicateKey, SettingsLimits, UpdatePrimaryRegion
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicable, replicate_key
from shared.keys.decide_sharing import born_settings
from shared.keys.lookup import held_key
from shared.keys.model import CREATING, Key
from shared.policy.document import rendered


async def replicate(call: Call, request: ReplicateKeyRequest) -> ReplicateKeyResponse:
    """Answers as soon as the primary has given the key away; the replica is enabled when its region adopts it."""
    key = resolve_name(call, request.key_id, rules.REPLICATE_KEY)
    there = replace(call, region=request.replica_region)
    require_creation(there, held_key(call.view, key), tagged=bool(request.tags))
    settings = RegionalSettings(
        request.description, request.policy, request.tags, request.bypass_policy_lockout_safety_check
    )
    command = ReplicateKey(
        key=key,
        replica_region=request.replica_region,
        known_regions=call.vault.peer_regions(),
        settings=settings,
        limits=SettingsLimits(call.quotas.policy_bytes, call.quotas.tags_per_key),
        author=call.caller.principal,
    )
    given: RegionalSettings | None = None

    def decide(view: StateView) -> Decision:
        nonlocal given
        decision = _decide(call, command, view)
        given = _given(decision)
        return decision

    await call.change(decide)
    return _answer(call, command, held_key(call.latest(), command.key), given)


def _decide(call: Call, command: ReplicateKey, view: StateView) -> Decision:
    """Seals only what may be given away, and anew each time: the key may have got new material since."""
    key = replicable(command, view)
    return replicate_key(command, view, all_sealed_to(call.vault, key, command.replica_region))


def _given(decision: Decision) -> RegionalSettings | None:
    """The settings that the replica is born with."""
    replicated = (event for event in decision.events if isinstance(event, KeyReplicated))
    return next((RegionalSettings(event.description, event.policy, event.tags) for event in replicated), None)


def _answer(call: Call, command: ReplicateKey, primary: Key, given: RegionalSettings | None) -> ReplicateKeyResponse:
    """`given` None: the command was seen before, and what the replica was born with then is not remembered."""
    settings = given or born_settings(primary, command.settings)
    replica = primary._replace(state=CREATING, description=settings.description, created_at=call.now)
    return ReplicateKeyResponse(
        metadata_of(replica, command.replica_region, call.view),
        rendered(settings.policy, primary.account),
        tuple(Tag(*tag) for tag in sorted(settings.tags)),
    )


async def update_primary(call: Call, request: UpdatePrimaryRegionRequest) -> None:
    """Answers as soon as the primary has handed over; the new one acts as such when its region has adopted it."""
    name = resolve_name(call, request.key_id, rules.UPDATE_PRIMARY_REGION)
    command = UpdatePrimaryRegion(name, request.primary_region)
    await call.change(lambda view: update_primary_region(command, view))
