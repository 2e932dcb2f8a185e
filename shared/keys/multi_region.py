"""Which keys may have regions besides the one that they were born in, whoever tells of them.

Owns that rule. A region asks it of its own keys before it makes them, in more words (`shared/keys/decide.py`); of a
peer's it is asked here, because a peer signs what it likes.
Source: AWS KMS Developer Guide, "Multi-Region keys in AWS KMS".
"""

from shared.events import KeyCreated
from shared.keys.model import CUSTOMER, Key
from shared.keys.specs import ALGORITHMS, AWS_KMS, MULTI_REGION_ORIGINS


def may_span_regions(key: KeyCreated | Key) -> bool:
    """Whether it can be used for anything, is the account's own, and lies in no custom key store."""
    lies_outside = key.custom_key_store_id is not None or key.external_key_id is not None
    is_usable = key.usage in ALGORITHMS.get(key.spec, ()) and key.origin in MULTI_REGION_ORIGINS
    return is_usable and key.key_manager == CUSTOMER and not lies_outside


def is_born_whole(event: KeyCreated) -> bool:
    """Whether a key begins with the one material that it has; what is imported comes later."""
    return len(event.materials) == (1 if event.origin == AWS_KMS else 0)
