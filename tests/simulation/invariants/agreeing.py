"""Regions agree on the keys that they share, and keep to themselves what is their own.

Owns what holds where nobody promotes by force; `promoting.py` has the rest.
"""

from shared.keys.heirs import inherited_from
from shared.keys.model import PENDING_IMPORT, Key
from shared.keys.specs import EXTERNAL
from tests.simulation.materials import CANARY
from tests.simulation.rest import Rest


def regions_agree(rest: Rest) -> None:
    """The same multi-region keys, with the same replicas and materials."""
    first, *others = (
        {key_id: _shared_part(key) for key_id, key in keys.items() if key.is_multi_region}
        for keys in rest.keys.values()
    )
    for other in others:
        assert other == first


def _shared_part(key: Key) -> tuple[object, ...]:
    """All but what belongs to one region: its secrets, and until when it may use them."""
    materials = [material._replace(wrapped=None, valid_to=None) for material in key.materials]
    return key.primary_region, key.replica_regions, key.epoch, key.rotation, key.under_way, materials


def single_region_keys_stay(rest: Rest) -> None:
    single = [key_id for keys in rest.keys.values() for key_id, key in keys.items() if not key.is_multi_region]
    assert len(set(single)) == len(single)


def keys_are_where_they_belong(rest: Rest) -> None:
    """A replica that went while it was made the primary leaves a key without a primary, and takes nobody with it."""
    for name, keys in rest.keys.items():
        for key in keys.values():
            is_here = name in key.replica_regions or key.primary_region in (name, None)
            if key.primary_region != name or not key.epoch:
                assert key.held_here == is_here, (name, key.key_id)


def secrets_are_where_keys_are(rest: Rest) -> None:
    """A key is enabled with all of its material alone, and only a region that holds the key has any of it."""
    for keys in rest.keys.values():
        for key in keys.values():
            here = [material.wrapped is not None for material in key.materials if not material.pending]
            if key.origin != EXTERNAL:
                assert set(here) == {key.held_here}
                continue
            assert (key.state == PENDING_IMPORT) == (key.held_here and not (here and all(here)))
            assert key.held_here or not any(material.wrapped for material in key.materials)


def nothing_regional_is_shared(rest: Rest) -> None:
    """But what a new replica is given, and the name and settings of a key that another has inherited from."""
    for name in rest.regions:
        keys = rest.keys[name].values()
        named = {inherited_from(key) for key in keys}
        own = [key for key in keys if key.heir_key_id is None and inherited_from(key) is None]
        single = [key.key_id for key in own if not key.is_multi_region and key.key_id not in named]
        described = [key.description for key in own if key.description.startswith("told nobody")]
        tagged = [tag for key in own for tag, _ in key.tags if tag.startswith("tag ")]
        shared = b"".join(rest.shared_records(name))
        assert not [text for text in ("alias/", *single, *described, *tagged) if text.encode() in shared]


def no_secret_is_shared_as_it_is(rest: Rest) -> None:
    for name in rest.regions:
        assert not [record for record in rest.shared_records(name) if CANARY in record]
