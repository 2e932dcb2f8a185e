"""Bugs in what is decided about keys, and in what becomes of them and of their ciphertexts.

The names in a planted function are those of the module in which it is planted.
"""
# mypy: disable-error-code="name-defined, no-any-return"
# ruff: noqa: F821

from typing import Any
from unittest.mock import patch

from shared.crypto import symmetric
from shared.keys import (
    decide_deletion,
    decide_grounds,
    decide_rotation,
    epochs,
    evolve_materials,
    evolve_promotion,
    evolve_sharing,
    folding,
    history,
    lifecycle,
    remembering,
    saying,
)
from tests.simulation.planting import Mutant, code


def _rotate_and_drop(state: Any, event: Any, fold: Any) -> Any:
    key = the_key(state)
    return key._replace(materials=key.materials[-1:] + born_materials(event.materials, fold))


def _delete_and_tell_nobody(name: Any, view: Any) -> Any:
    key = held_key(view, name)
    deleted = KeyDeleted(key.account, key.key_id, name.region, is_last(key, name.region))
    return Decision((deleted,))


def _any_key_goes(name: Any, view: Any) -> Any:
    key = held_key(view, name)
    deleted = KeyDeleted(key.account, key.key_id, name.region, True)
    return Decision((deleted,), (deleted,) if key.is_multi_region else ())


def _rotate_openly(key: Any, rotation_type: str, fresh: Any) -> Any:
    material_id = fresh.material_id if fresh else key.pending_material.material_id
    event = KeyRotated(key.account, key.key_id, rotation_type, material_id, (fresh,) if fresh else ())
    return Decision((event,), (event,) if key.is_multi_region else (), answer=key.key_id)


def _count_alone(key: Any, epoch: Any, number: int) -> bool:
    return bool(epoch[0] >= key.epoch)


def _no_commitment(material: Any, identity: Any, blob: Any, context: Any) -> bytes:
    parse(blob)
    header, _, ciphertext = split(blob)
    binding = _binding(header, _encoded_identity(identity)[1], context)
    key, _ = _derive(material, binding)
    opened: bytes = AESGCM(key).decrypt(_ONE_USE_NONCE, ciphertext, binding)
    return opened


def _one_ground_is_enough(_key: object, _region: str) -> bool:
    return False


PROMOTING = ("promotion",)
ROTATING = ("family", *PROMOTING)

OF_KEYS = {
    "disabled-encrypts": Mutant("a key is used whatever its state", code(lifecycle.require, lambda *_: None)),
    "material-dropped": Mutant(
        "a rotation leaves the last material alone", code(evolve_materials.rotated, _rotate_and_drop), ROTATING
    ),
    "secret-not-taken": Mutant(
        "a region that gets a key does not take its secrets", code(folding.with_secrets, lambda key, _fold: key)
    ),
    "deletion-untold": Mutant(
        "a replica goes and tells nobody", code(decide_deletion.delete_key, _delete_and_tell_nobody)
    ),
    "deletion-whole": Mutant("with one replica the whole key goes", code(decide_deletion.delete_key, _any_key_goes)),
    "rotation-unsealed": Mutant(
        "a new secret is shared as the region has it", code(decide_rotation._rotated, _rotate_openly)
    ),
    "lower-epoch": Mutant("what is said in any epoch counts", code(epochs.counts, lambda *_: True)),
    "stranger-heard": Mutant(
        "a region that has let go, or does not know yet of what it is given, is heard as one of the key's",
        code(history.knows_to_have, lambda *_: True),
        ("turned",),
    ),
    "epoch-by-count": Mutant("of two epochs with one count both count", code(epochs.counts, _count_alone)),
    "epoch-unsaid": Mutant(
        "a record does not say in which epoch it speaks",
        code(saying.said_in_epochs, lambda events, _: (tuple(events), None)),
    ),
    "overtaken-dropped": Mutant(
        "an overtaken record brings no material", code(evolve_promotion._with_overtaken, lambda key, *_: key), PROMOTING
    ),
    "overtaken-forgotten": Mutant(
        "a record is forgotten as soon as it is overtaken", code(remembering._matters, lambda *_: False)
    ),
    "history-forgotten": Mutant("no shared record is remembered", code(remembering.remember, lambda key, *_: key)),
    "lost-material-dropped": Mutant(
        "a promotion drops the material that it does not know",
        code(evolve_promotion._keeping, lambda key, _lost: key),
        PROMOTING,
    ),
    "two-grounds-left": Mutant(
        "a region that was handed a key twice at once leaves it at that",
        code(decide_grounds.has_two_grounds, _one_ground_is_enough),
        ("handed-twice",),
    ),
    "settings-ignored": Mutant("settings in common are not followed", code(evolve_sharing.follow, lambda key, *_: key)),
    "commitment-unchecked": Mutant("a blob opens whatever it commits to", code(symmetric._decrypt, _no_commitment)),
    "binding-dropped": Mutant("a blob is bound to nothing", code(symmetric._binding, lambda *_: b"")),
    "nonce-repeats": Mutant("nonces repeat", lambda: patch.object(symmetric, "random_bytes", bytes)),
}
