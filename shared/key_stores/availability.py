"""What the connection of a custom key store makes of its keys.

Owns the rule that a key is unavailable while its store is not connected. It is derived whenever a key is looked up and
stands in no record: a store is disconnected, with all of its keys, by one event. A deletion under way shows all
the same.
Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", notes on keys in custom key stores.
"""

from shared.key_stores.model import KeyStore
from shared.keys.model import PENDING_DELETION, UNAVAILABLE, Key


def as_seen(key: Key, store: KeyStore | None) -> Key:
    """`key`, which lies in `store`, in the state that everybody sees."""
    if key.state in (None, PENDING_DELETION) or (store is not None and store.is_connected):
        return key
    return key._replace(state=UNAVAILABLE)
