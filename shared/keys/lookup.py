"""Finding a key that this region holds. Owns the refusal of a key that it does not."""

from shared.decision import StateView
from shared.errors import NotFound
from shared.identifiers import key_arn
from shared.keys.commands import KeyName
from shared.keys.model import Key


def arn_of(name: KeyName) -> str:
    return key_arn(name.region, name.account, name.key_id)


def held_key(view: StateView, name: KeyName) -> Key:
    """The key, which has a replica in `name.region`. Errors: NotFound, also for a key that only other regions hold."""
    key = view.key(name.account, name.key_id)
    if key is None or key.state is None:
        raise NotFound(f"Key '{arn_of(name)}' does not exist")
    return key
