"""The only source of randomness that `shared/` draws from itself, and the identifiers made of it.

Owns `random_bytes`. Every call asks the kernel anew, so that no state is kept that a fork or a restored virtual machine
could repeat. Randomness that fails or comes short is an error, never a weaker value. What draws inside a library takes
it from that library (HPKE's ephemeral keys, the making of asymmetric keys).
"""

import base64
import os
import uuid

from shared import birthplace, identifiers


class EntropyFailed(Exception):
    """The kernel gave no randomness, or less than was asked for. Nothing may be made from what it gave."""


def random_bytes(count: int) -> bytes:
    """`count` bytes from the kernel's generator. Errors: EntropyFailed."""
    try:
        drawn = os.urandom(count)
    except (OSError, NotImplementedError) as failure:
        raise EntropyFailed("the kernel's random generator failed") from failure
    if len(drawn) != count:
        raise EntropyFailed("the kernel's random generator gave less than was asked for")
    return drawn


def key_id() -> str:
    """The id of a single-region key: a random UUID (RFC 9562, version 4)."""
    return str(uuid.UUID(bytes=random_bytes(16), version=4))


def multi_region_key_id(region: str) -> str:
    """The id of a multi-region key that is born in `region`: see `shared/birthplace.py`."""
    return birthplace.multi_region_key_id(region, random_bytes(birthplace.DRAWN_BYTES))


def material_id() -> str:
    """The id of one version of a key's secret: 64 lowercase hex digits."""
    return random_bytes(32).hex()


def grant_id() -> str:
    """The id of a grant: 64 lowercase hex digits."""
    return random_bytes(32).hex()


def key_store_id() -> str:
    """The id of a custom key store: `cks-` and 17 lowercase hex digits."""
    return "cks-" + random_bytes(9).hex()[:17]


def access_key_id(account: str) -> str:
    """The id of a new access key of `account`: see `shared.identifiers.access_key_id`."""
    return identifiers.access_key_id(account, int.from_bytes(random_bytes(16), "big"))


def session_key_id(account: str) -> str:
    """The id of the access key of a new session: see `shared.identifiers.session_key_id`."""
    return identifiers.session_key_id(account, int.from_bytes(random_bytes(16), "big"))


def access_key_secret() -> str:
    """40 characters of base64: 240 random bits."""
    return base64.b64encode(random_bytes(30)).decode()


def account_id() -> str:
    """A new account's number: 12 digits, as AWS writes them, never beginning with 0."""
    return str(10**11 + int.from_bytes(random_bytes(16), "big") % (9 * 10**11))


def user_id() -> str:
    return _unique_id("AIDA")


def group_id() -> str:
    return _unique_id("AGPA")


def role_id() -> str:
    return _unique_id("AROA")


def policy_id() -> str:
    """The id of a managed policy."""
    return _unique_id("ANPA")


def _unique_id(prefix: str) -> str:
    """The prefix and 17 characters of A-Z2-7 (IAM user guide, "Unique identifiers")."""
    return prefix + base64.b32encode(random_bytes(15)).decode()[:17]
