"""Which keys may have regions besides the one that they were born in, and what may become of them, whoever tells it.

Owns those rules. A region asks them of its own keys before it makes them, in more words (`shared/keys/decide.py`); of a
peer's they are asked here, because a peer signs what it likes.
Source: AWS KMS Developer Guide, "Multi-Region keys in AWS KMS" and "Rotate AWS KMS keys".
"""

from shared.events import KeyCreated, KeyFamilyCreated, KeyRotated, KeyRotationStarted, MaterialBorn
from shared.keys.model import CUSTOMER, Key
from shared.keys.specs import ALGORITHMS, AWS_KMS, EXTERNAL, MULTI_REGION_ORIGINS, SYMMETRIC_DEFAULT


def may_span_regions(key: KeyCreated | Key) -> bool:
    """Whether it can be used for anything, is the account's own, and lies in no custom key store."""
    lies_outside = key.custom_key_store_id is not None or key.external_key_id is not None
    return _is_usable(key) and key.key_manager == CUSTOMER and not lies_outside


def _is_usable(key: KeyCreated | KeyFamilyCreated | Key) -> bool:
    return key.usage in ALGORITHMS.get(key.spec, ()) and key.origin in MULTI_REGION_ORIGINS


def is_born_whole(event: KeyCreated) -> bool:
    """Whether a key begins with the one material that it has; what is imported comes later."""
    return len(event.materials) == (1 if event.origin == AWS_KMS else 0)


def may_be_family(event: KeyFamilyCreated) -> bool:
    """Whether such keys may begin together: each region once, with the material that keys of their kind have."""
    regions, count = (event.primary_region, *event.replica_regions), len(event.materials)
    rotates = has_schedule(event)
    is_whole = count == 0 if event.origin == EXTERNAL else count == 1 or (rotates and count > 1)
    is_scheduled = event.rotation_period_days is None or rotates
    return _is_usable(event) and is_whole and is_scheduled and len({*regions}) == len(regions)


def has_schedule(key: Key | KeyFamilyCreated) -> bool:
    """Whether keys of this kind are rotated automatically."""
    return key.spec == SYMMETRIC_DEFAULT and key.origin == AWS_KMS


def commits(key: Key) -> bool:
    """Whether the ids of its new material commit to that: those of any earlier one do."""
    return any(material.id_commits for material in key.materials)


def may_change_material(key: Key, event: KeyRotated | KeyRotationStarted, *, in_effect: bool) -> bool:
    """Whether the key takes new material in this way: of its own, one at a time, or one that it knows already."""
    if key.spec != SYMMETRIC_DEFAULT:
        return False
    if isinstance(event, KeyRotated) and not event.materials:
        return True
    is_one = len(event.materials) == 1 and key.origin == AWS_KMS
    return is_one and _may_be_born(key, event.materials[0], in_effect=in_effect)


def _may_be_born(key: Key, born: MaterialBorn, *, in_effect: bool) -> bool:
    """Under the key itself, and with an id that commits to it wherever those of the key's other material do.

    Material whose id commits to it may be born again where it is not in use. The interleaving: the primary rotates, a
    turned replica reads the new id, promotes itself as if it had not, and has the same material born; regions hear the
    two in either order. Whichever comes first, the other is taken, too: they name the same bytes.
    """
    if born.born_key_id != key.key_id or (commits(key) and not born.id_commits):
        return False
    held = key.material(born.material_id)
    return held is None or (held.id_commits and (held.overtaken or not in_effect))
