"""What becomes of keys that begin with their replicas, and of those whose material a multi-region key takes over.

Owns these folds; the table of all stands in `shared/keys/evolve.py`.
"""

from shared import events as e
from shared.fold import Fold
from shared.keys.evolve_sharing import with_tags
from shared.keys.folding import born_materials, first_state, the_key
from shared.keys.model import Key, Rotation
from shared.keys.times import days


def family_created(_state: object, event: e.KeyFamilyCreated, fold: Fold) -> Key:
    """Settings and secrets are for the regions that hold the key; the others know that there is one."""
    key = Key(
        event.account,
        event.key_id,
        event.spec,
        event.usage,
        event.origin,
        fold.time,
        born_materials(event.materials, fold),
        None,
        "",
        None,
        (),
        event.primary_region,
        event.replica_regions,
        epoch=0,
        rotation=_rotation(event.rotation_period_days, fold.time),
    )
    if fold.region not in (event.primary_region, *event.replica_regions):
        return key
    key = key._replace(state=first_state(event.origin), description=event.description, policy=event.policy)
    return with_tags(key, event.tags)


def _rotation(period_days: int | None, now: int) -> Rotation | None:
    return None if period_days is None else Rotation(period_days, now + days(period_days))


def converted(state: object, event: e.KeyConverted, _fold: Fold) -> Key:
    """It keeps all that it has; only new material would be unknown to its heir, which has its schedule now."""
    return the_key(state)._replace(heir_key_id=event.heir_key_id, rotation=None)
