"""What happens with overtaken material that a region of the key lacks: a region that has it gives it.

Owns who gives: the primary, if it has the material; else one region alone, the same for all, preferably not the one
that it comes from, which may be gone. The interleaving: the old primary rotates and is overtaken, a region that knows
the rotation encrypts, and the new primary, or a replica that it makes, has never got that material.
"""

from collections.abc import Mapping

from shared.decision import Decision, StateView
from shared.events import KeyMaterialGiven, MaterialBorn
from shared.keys.commands import KeyName
from shared.keys.decide_replica import secrets_travel
from shared.keys.model import Key, KeyMaterial


def to_give(key: Key, region: str) -> list[tuple[KeyMaterial, tuple[str, ...]]]:
    """The overtaken materials that `region` has to give, each with the regions that lack it."""
    if not key.held_here or not secrets_travel(key):
        return []
    members = {key.primary_region or "", *key.replica_regions}
    return [
        (material, tuple(sorted(members - {*material.given_to})))
        for material in key.materials
        if material.overtaken
        and material.wrapped is not None
        and members - {*material.given_to}
        and _giver(key, material, members) == region
    ]


def _giver(key: Key, material: KeyMaterial, members: set[str]) -> str | None:
    holders = sorted(members & {*material.given_to})
    return key.primary_region if key.primary_region in holders else next(iter(holders), None)


def give_material(name: KeyName, view: StateView, sealed: Mapping[str, Mapping[str, bytes]]) -> Decision:
    """The first of them. `sealed`: material id -> region -> the secret sealed to it; nothing is given without."""
    key = view.key(name.account, name.key_id)
    for material, regions in to_give(key, name.region) if key is not None else ():
        given_to = sealed.get(material.material_id, {})
        secrets = {region: given_to[region] for region in regions if region in given_to}
        if secrets:
            names = (material.material_id, material.born_key_id, material.created_at)
            born = MaterialBorn(*names, id_commits=material.id_commits)
            given = KeyMaterialGiven(name.account, name.key_id, (born,), tuple(sorted(secrets)))
            return Decision((given,), (given._replace(materials=(born._replace(sealed=secrets),)),))
    return Decision(())
