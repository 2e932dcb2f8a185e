"""ConvertKey: a multi-region key with the material of a single-region key.

Owns the permissions, and the material as the new key has it. Whoever may give the old key to other regions may convert
it: `kms:ReplicateKey` on it, and the right to create the new key in each region.
"""

from services.region_node.authorization.kms_facts import facts_of_replica
from services.region_node.authorization.permission import require_in_account
from services.region_node.changes.fresh_material import sealed_to
from services.region_node.families.creating import require_replication
from services.region_node.families.types import ConvertKeyRequest, ConvertKeyResponse
from services.region_node.operations import rules
from services.region_node.operations.metadata import metadata_of
from services.region_node.operations.resolve import resolve_key
from services.region_node.requests.call import Call, Vault
from shared.crypto import entropy
from shared.crypto.material_id import material_id_of
from shared.decision import Decision, StateView
from shared.events import MaterialBorn
from shared.keys.commands import KeyName
from shared.keys.decide_family import ConvertKey, convert_key, convertible
from shared.keys.lookup import held_key
from shared.keys.model import Key, KeyMaterial


async def convert(call: Call, request: ConvertKeyRequest) -> ConvertKeyResponse:
    """The answer describes the new key. Errors: of resolving, AccessDenied; those of `convertible`."""
    key = resolve_key(call, request.key_id, rules.CONVERT_KEY)
    _require_creation(call, key)
    for region in request.replica_regions:
        require_replication(call, key, region)
    name = KeyName(call.region, key.account, key.key_id)
    command = ConvertKey(
        name,
        entropy.multi_region_key_id(call.region),
        request.replica_regions,
        call.vault.peer_regions(),
        call.quotas.keys_per_account,
    )
    heir_key_id = await call.change(lambda view: _decide(call.vault, command, view), key.account)
    view = call.latest()
    return ConvertKeyResponse(metadata_of(held_key(view, name._replace(key_id=heir_key_id)), call.region, view))


def _require_creation(call: Call, key: Key) -> None:
    primary = {**facts_of_replica(key), "kms:multiregionkeytype": "PRIMARY"}
    require_in_account(call, rules.CREATE_KEY.action, own=primary)
    if key.tags:
        require_in_account(call, rules.TAG_RESOURCE.action)


def _decide(vault: Vault, command: ConvertKey, view: StateView) -> Decision:
    """Seals only what may be converted, and anew each time: the key may have got new material since."""
    key = convertible(command, view)
    return convert_key(command, view, tuple(_inherited(vault, command, key, each) for each in key.materials))


def _inherited(vault: Vault, command: ConvertKey, key: Key, material: KeyMaterial) -> MaterialBorn:
    """It keeps its id and the key that it was born under, to which its blobs are bound.

    The id of one that an earlier version has made was drawn, and says nothing of it.
    """
    secret, heir = vault.open_material(key, material), key._replace(key_id=command.heir_key_id)
    return MaterialBorn(
        material.material_id,
        material.born_key_id,
        material.created_at,
        vault.wrap_material(heir.account, heir.key_id, material.material_id, secret),
        sealed_to(vault, heir, material.material_id, secret, command.replica_regions),
        id_commits=material_id_of(key.account, material.born_key_id, secret) == material.material_id,
    )
