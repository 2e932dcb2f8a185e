"""The key that is named at the command line: by id, ARN or alias.

Owns finding it in a state, with its account where none is named.
"""

from replication.state.view import SnapshotView
from services.plain_fault import PlainFault
from services.review.asked_again import name_of
from shared.decision import StateView
from shared.identifiers import ALIAS_PREFIX, KEY_ID_PATTERN
from shared.keys.model import Key


class NotThere(PlainFault):
    """What is named is not in the state. The message says what."""


def key_of(view: StateView, region: str, text: str, account: str) -> tuple[Key, str | None]:
    """The key, and the alias (with its `alias/`) by which it is named; `account` counts where the text names none.

    Errors: NotThere.
    """
    named = name_of(text)
    account, name = (account, text) if named is None else (named.account, named.name)
    alias = ALIAS_PREFIX + text.rpartition(ALIAS_PREFIX)[2] if ALIAS_PREFIX in text else None
    if alias is not None:
        target = view.alias(account, alias)
        name = "" if target is None else target.key_id
    key = view.key(account, name) if KEY_ID_PATTERN.fullmatch(name) else None
    if key is None or key.state is None:
        raise NotThere(f"{region} holds no key {text}" + (f" of account {account}" if account else ""))
    return key, alias


def key_named(view: SnapshotView, region: str, text: str, account: str | None) -> Key:
    """The same; without an account, that of any account which has a key of this id. Errors: NotThere."""
    if account is not None or name_of(text) is not None:
        return key_of(view, region, text, account or "")[0]
    for known in view.accounts():
        try:
            return key_of(view, region, text, known.account)[0]
        except NotThere:
            continue
    raise NotThere(f"{region} holds no key {text}")
