"""Multi-region keys that hold the material of a single-region key, which was converted.

Owns who is whose heir, how the heir is found from what the old key has encrypted, and what the old key may not do any
more. Both have the material for themselves: neither needs the other, and neither's end is the other's.
"""

from shared.decision import StateView
from shared.identifiers import MULTI_REGION_PREFIX
from shared.keys.commands import KeyName
from shared.keys.errors import HasHeir
from shared.keys.lookup import arn_of
from shared.keys.model import Key

HEIRS = "heir-of/"


def heir_index(account: str, born_key_id: str, key_id: str) -> str:
    """The name in the state's index of a key that holds what was born under another."""
    return f"{HEIRS}{account}/{born_key_id}/{key_id}"


def inherited_from(key: Key) -> str | None:
    """The other key that material of `key` was born under, where there is one and `key` is held here.

    What promotions have overtaken stands before it.
    """
    if not key.key_id.startswith(MULTI_REGION_PREFIX) or not key.held_here:
        return None
    return next((m.born_key_id for m in key.materials if m.born_key_id != key.key_id), None)


def key_of_blob(view: StateView, account: str, key_id: str, material_id: str) -> Key | None:
    """The key that a blob names; where it is not held here, one that is and that has the material of the blob."""
    key = view.key(account, key_id)
    return key if key is not None and key.held_here else _heir_with(view, account, key_id, material_id)


def _heir_with(view: StateView, account: str, born_key_id: str, material_id: str) -> Key | None:
    for key_id in view.indexed(account, heir_index(account, born_key_id, ""), ""):
        key = view.key(account, key_id)
        if key is not None and key.held_here and key.material(material_id) is not None:
            return key
    return None


def heir_of(view: StateView, key: Key) -> Key | None:
    """The key that `key` was converted to, while any region has it."""
    return None if key.heir_key_id is None else view.key(key.account, key.heir_key_id)


def require_no_heir(view: StateView, key: Key, name: KeyName) -> None:
    """Refuse what would give the old key material that its heir does not know. Errors: HasHeir."""
    heir = heir_of(view, key)
    if heir is not None:
        raise HasHeir(f"{arn_of(name)} was converted to the multi-region key {heir.key_id}, which is rotated instead.")
