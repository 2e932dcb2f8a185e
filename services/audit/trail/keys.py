"""The keys under which an entry stands in the index: 8 bytes of a hash of account, attribute and value.

Owns which keys an entry has. Two values may share a key; who looks one up compares the entry.
"""

from functools import lru_cache
from hashlib import blake2b

from shared.audit.attributes import EVENT_ID, OF_ONE_CALL, Attribute, attributes_of, event_ids
from shared.audit.entry import AuditEntry, accounts_of

KEY_BYTES = 8
_OF_ALL = ""


def index_key(account: str, name: str, value: str) -> bytes:
    return blake2b(f"{account}\0{name}\0{value}".encode(), digest_size=KEY_BYTES).digest()


def key_of_query(account: str | None, attribute: Attribute | None) -> bytes | None:
    """The key of all that may be found; None: every entry."""
    if attribute is None:
        return None if account is None else index_key(account, "", "")
    name, value = attribute
    return index_key(_OF_ALL if account is None or name in OF_ONE_CALL else account, name, value)


def keys_of(entry: AuditEntry, leaf: bytes, chain: str, number: int) -> bytes:
    """The entry's keys, one after the other."""
    accounts = accounts_of(entry)
    keys = [_keys_of_accounts(accounts)]
    for attribute in attributes_of(entry):
        keys.append(_key_of_call(attribute) if attribute[0] in OF_ONE_CALL else _keys_shared(accounts, attribute))
    keys.extend([_key_of_call((EVENT_ID, event)) for event in event_ids(entry, leaf, chain, number)])
    return b"".join(keys)


def _key_of_call(attribute: Attribute) -> bytes:
    return index_key(_OF_ALL, *attribute)


@lru_cache(maxsize=1024)
def _keys_of_accounts(accounts: tuple[str, ...]) -> bytes:
    return b"".join([index_key(account, "", "") for account in accounts])


@lru_cache(maxsize=32768)
def _keys_shared(accounts: tuple[str, ...], attribute: Attribute) -> bytes:
    """What is asked for in the trail of an account, or in all."""
    return b"".join([index_key(account, *attribute) for account in (_OF_ALL, *accounts)])
