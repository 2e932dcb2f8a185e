"""CreateKey with replicas, and the rights that it takes to have a key in several regions.

Owns what is asked for: as if ReplicateKey followed for each region. Its permission is asked on the key that is to be,
so that the policy with which the key begins has its say.
"""

from dataclasses import replace
from functools import partial

from services.region_node.authorization.kms_facts import facts_of_replica
from services.region_node.authorization.permission import require_in_account, require_on_key
from services.region_node.changes.fresh_material import born_to_all
from services.region_node.operations import rules
from services.region_node.operations.types.replication import ReplicateKeyRequest
from services.region_node.operations.weights import WEIGHTS
from services.region_node.requests.call import Call
from shared.crypto.key_material import generate_material
from shared.events import MaterialBorn
from shared.fold import Fold
from shared.keys.commands import CreateKey
from shared.keys.decide_family import create_family, family_of
from shared.keys.evolve_families import family_created
from shared.keys.model import Key
from shared.keys.specs import EXTERNAL


async def create_with_replicas(call: Call, command: CreateKey) -> str:
    """The id of the key. Errors: AccessDenied; those of `create_family`."""
    peers = call.vault.peer_regions()
    to_be = family_created(None, family_of(command, peers), Fold(call.region, call.now))
    for region in to_be.replica_regions:
        require_replication(call, to_be, region)
    if command.origin != EXTERNAL:
        command = command._replace(material=await _fresh_material(call, to_be))
    return await call.change(lambda view: create_family(command, view, peers))


def require_replication(call: Call, key: Key, region: str) -> None:
    """May the caller give `key` to `region`? Errors: AccessDenied."""
    asked = replace(call, request=ReplicateKeyRequest(key.key_id, region))
    require_on_key(asked, rules.REPLICATE_KEY, key)
    require_creation(replace(call, region=region), key, tagged=bool(key.tags))


def require_creation(there: Call, primary: Key, *, tagged: bool) -> None:
    """A replica is a key that is created in its region. Errors: AccessDenied."""
    require_in_account(there, rules.CREATE_KEY.action, own=facts_of_replica(primary))
    if tagged:
        require_in_account(there, rules.TAG_RESOURCE.action)


async def _fresh_material(call: Call, key: Key) -> MaterialBorn:
    secret = await call.threads.run(WEIGHTS[key.spec].make, partial(generate_material, key.spec))
    return born_to_all(call.vault, key, secret, call.now)
