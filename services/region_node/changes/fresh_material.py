"""New material of a key, in the two forms in which it leaves the process that made it.

Owns the making: wrapped for the region's own log, and sealed to the card of every other region that holds the key. Its
id follows from it, so that every region can tell it from any other that a peer may hand over under that id.
"""

from collections.abc import Iterable, Mapping

from services.region_node.requests.call import Vault
from shared.crypto.key_material import generate_material
from shared.crypto.material_id import material_id_of
from shared.events import MaterialBorn
from shared.keys.decide_replica import secrets_travel
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.secrets import Secret


def fresh_material(vault: Vault, key: Key, now: int) -> MaterialBorn:
    """The next material of `key`, of which this region has the primary. Errors: NotFound for a replica of no peer."""
    return born_to_all(vault, key, generate_material(key.spec), now)


def born_to_all(vault: Vault, key: Key, secret: Secret, now: int) -> MaterialBorn:
    """`secret` as new material of the key, for every region of it. Errors: NotFound for a replica of no peer."""
    born = born_here(vault, key.account, key.key_id, secret, now)
    sealed = sealed_to(vault, key, born.material_id, secret, key.replica_regions)
    return born._replace(sealed=sealed, id_commits=key.is_multi_region)


def fresh_symmetric(vault: Vault, account: str, key_id: str, now: int) -> MaterialBorn:
    """The first material of a new symmetric key that stays in this region."""
    return born_here(vault, account, key_id, generate_material(SYMMETRIC_DEFAULT), now)


def born_here(vault: Vault, account: str, key_id: str, secret: Secret, now: int) -> MaterialBorn:
    """`secret` as new material of the key, for this region alone. `now` is in milliseconds."""
    material_id = material_id_of(account, key_id, secret)
    return MaterialBorn(material_id, key_id, now, vault.wrap_material(account, key_id, material_id, secret))


def sealed_to(vault: Vault, key: Key, material_id: str, secret: Secret, regions: Iterable[str]) -> Mapping[str, bytes]:
    """Region -> `secret` as only that region opens it. Errors: NotFound for a region that is no peer."""
    return {region: vault.seal_material(region, key.account, key.key_id, material_id, secret) for region in regions}


def all_sealed_to(vault: Vault, key: Key, region: str) -> Mapping[str, Mapping[str, bytes]]:
    """Material id -> all that `region` needs to become a replica. Errors: NotFound for no peer; KeyUnavailable."""
    return {
        material.material_id: sealed_to(vault, key, material.material_id, vault.open_material(key, material), (region,))
        for material in (key.materials if secrets_travel(key) else ())
    }
