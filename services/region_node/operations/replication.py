"""ReplicateKey, UpdatePrimaryRegion."""

from collections.abc import Mapping
from dataclasses import replace

from services.region_node.authorization.kms_facts import facts_of_replica
from services.region_node.authorization.permission import require_in_account
from services.region_node.call import Call, Vault
from services.region_node.fresh_material import sealed_to
from services.region_node.operations import rules
from services.region_node.operations.metadata import metadata_of
from services.region_node.operations.resolve import resolve_name
from services.region_node.operations.types.common import Tag
from services.region_node.operations.types.replication import (
    ReplicateKeyRequest,
    ReplicateKeyResponse,
    UpdatePrimaryRegionRequest,
)
from shared.decision import Decision, StateView
from shared.keys.commands import RegionalSettings, ReplicateKey, SettingsLimits, UpdatePrimaryRegion
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicable, replicate_key, secrets_travel
from shared.keys.decide_sharing import born_settings
from shared.keys.lookup import held_key
from shared.keys.model import CREATING, Key
from shared.policy.document import rendered


async def replicate(call: Call, request: ReplicateKeyRequest) -> ReplicateKeyResponse:
    """Answers as soon as the primary has given the key away; the replica is enabled when its region adopts it."""
    key = resolve_name(call, request.key_id, rules.REPLICATE_KEY)
    _require_creation(replace(call, region=request.replica_region), request, held_key(call.view, key))
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
    await call.change(lambda view: _decide(call, command, view))
    return _answer(call, command, held_key(call.latest(), command.key))


def _require_creation(there: Call, request: ReplicateKeyRequest, primary: Key) -> None:
    """The replica is a key that is created in its region. Errors: AccessDenied."""
    require_in_account(there, rules.CREATE_KEY.action, own=facts_of_replica(primary))
    if request.tags:
        require_in_account(there, rules.TAG_RESOURCE.action)


def _decide(call: Call, command: ReplicateKey, view: StateView) -> Decision:
    """Seals only what may be given away, and anew each time: the key may have got new material since."""
    key = replicable(command, view)
    return replicate_key(command, view, _sealed(call.vault, key, command.replica_region))


def _sealed(vault: Vault, key: Key, region: str) -> Mapping[str, Mapping[str, bytes]]:
    if not secrets_travel(key):
        return {}
    return {
        material.material_id: sealed_to(vault, key, material.material_id, vault.open_material(key, material), (region,))
        for material in key.materials
    }


def _answer(call: Call, command: ReplicateKey, primary: Key) -> ReplicateKeyResponse:
    settings = born_settings(primary, command.key._replace(region=command.replica_region), command.settings)
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
