"""Names: regions, accounts, key ids, ARNs, streams, partitions.

Owns every textual form and the parsing of the forms that clients send. Nothing here knows whether a thing exists.
Source of the forms: AWS KMS API reference, "Key identifiers (KeyId)"; IAM user guide, "Unique identifiers".
"""

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from shared.errors import InvalidArn, NotFound

REGION_PATTERN = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
ACCOUNT_PATTERN = re.compile(r"[0-9]{12}")
KEY_ID_PATTERN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
ARCHIVE_PATTERN = re.compile(r"[0-9a-f]{32}")
KEY_STORE_ID_PATTERN = re.compile(r"cks-[0-9a-f]{17}")
ALIAS_PATTERN = re.compile(r"alias/[A-Za-z0-9/_-]+")
ALIAS_PREFIX = "alias/"
MULTI_REGION_PREFIX = "mrk-"
BACKUP_PARTITION = 0
RECOVERY_PARTITION = 0
RECOVERY_STREAM = "recovery"
"""The last drill that the region passed: it stands in `RECOVERY_PARTITION`."""
ACCESS_KEY_PREFIX = "AKIA"
SESSION_KEY_PREFIX = "ASIA"
_ACCESS_KEY_LENGTH = 20
_ACCOUNT_BITS = 40
_DRAWN_BITS = 39


class KeyIdentifier(NamedTuple):
    """What a client named: exactly one of `key_id` and `alias` (with its `alias/` prefix), in an account."""

    account: str
    key_id: str | None
    alias: str | None


@lru_cache(maxsize=65536)
def key_arn(region: str, account: str, key_id: str) -> str:
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"


def alias_arn(region: str, account: str, alias: str) -> str:
    return f"arn:aws:kms:{region}:{account}:{alias}"


def key_stream(account: str, key_id: str) -> str:
    return f"key/{account}/{key_id}"


def alias_stream(account: str, alias: str) -> str:
    return f"alias/{account}/{alias}"


def grant_stream(account: str, key_id: str, grant_id: str) -> str:
    """`account` is the key's."""
    return f"grant/{account}/{key_id}/{grant_id}"


def shared_grant_stream(account: str, key_id: str, grant_id: str) -> str:
    """A grant that all regions of a multi-region key have in common."""
    return f"shared-grant/{account}/{key_id}/{grant_id}"


def account_stream(account: str) -> str:
    return f"account/{account}"


@lru_cache(maxsize=4096)
def user_stream(account: str, user_name: str) -> str:
    """Names are unique regardless of case."""
    return f"user/{account}/{user_name.lower()}"


def access_key_stream(account: str, access_key_id: str) -> str:
    return f"access-key/{account}/{access_key_id}"


def key_store_stream(account: str, key_store_id: str) -> str:
    return f"key-store/{account}/{key_store_id}"


def key_stores_stream(account: str) -> str:
    """Has no state of its own: whatever rests on all key stores of an account rests on it."""
    return f"key-stores/{account}"


def peer_stream(region: str) -> str:
    return f"peer/{region}"


def secret_request_stream(account: str, key_id: str, region: str) -> str:
    """What `region` lacks of a key."""
    return f"secret-request/{account}/{key_id}/{region}"


def backup_stream(archive: str) -> str:
    """An archive of the region. All of them stand in `BACKUP_PARTITION`: nothing of another partition rests on one."""
    return f"backup/{archive}"


def domain_stream(bucket: int) -> str:
    """It stands in the bucket's own partition."""
    return f"domain/{bucket}"


def access_key_id(account: str, drawn: int) -> str:
    """The id of an access key: `AKIA` and 80 bits in base32, a one, the account and 39 of the bits `drawn`.

    The id names its account, as AWS's ids do: a request finds its access key by itself, in its account's partition, and
    nobody's state can say that an id is another account's.
    """
    return ACCESS_KEY_PREFIX + _naming_account(account, drawn)


def session_key_id(account: str, drawn: int) -> str:
    """The id of a session's access key: as `access_key_id`, with `ASIA` in front."""
    return SESSION_KEY_PREFIX + _naming_account(account, drawn)


def _naming_account(account: str, drawn: int) -> str:
    bits = 1 << _ACCOUNT_BITS + _DRAWN_BITS | int(account) << _DRAWN_BITS | drawn % (1 << _DRAWN_BITS)
    return base64.b32encode(bits.to_bytes(10, "big")).decode()


def account_of_access_key(access_key_id: str) -> str | None:
    """The account that the id names, or None for what is no id of an access key."""
    return _account_named(access_key_id) if len(access_key_id) == _ACCESS_KEY_LENGTH else None


@lru_cache(maxsize=65536)
def _account_named(access_key_id: str) -> str | None:
    try:
        bits = int.from_bytes(base64.b32decode(access_key_id[len(ACCESS_KEY_PREFIX) :]), "big")
    except (binascii.Error, ValueError):
        return None
    account = f"{bits >> _DRAWN_BITS & (1 << _ACCOUNT_BITS) - 1:012}"
    return account if bits >> _ACCOUNT_BITS + _DRAWN_BITS and ACCOUNT_PATTERN.fullmatch(account) else None


@lru_cache(maxsize=65536)
def partition_of(account: str, partitions: int) -> int:
    """The partition of everything that belongs to `account`. Fixed for ever: every region must agree on it."""
    return int.from_bytes(hashlib.sha256(account.encode()).digest()[:8], "big") % partitions


@lru_cache(maxsize=4096)
def parse_key_identifier(text: str, region: str, caller_account: str, aliases: bool) -> KeyIdentifier:
    """Read a KeyId parameter: key id, key ARN and, where `aliases`, alias name or alias ARN.

    Errors: NotFound for what is no key id at all or belongs to another region; InvalidArn for a malformed ARN or an
    alias where none is taken.
    """
    if text.startswith("arn:"):
        return _parse_arn(text, region, aliases)
    if text.startswith(ALIAS_PREFIX):
        _require_aliases(aliases)
        return KeyIdentifier(caller_account, None, text)
    if KEY_ID_PATTERN.fullmatch(text) is None:
        raise NotFound(f"Invalid keyId '{text}'")
    return KeyIdentifier(caller_account, text, None)


def _require_aliases(aliases: bool) -> None:
    if not aliases:
        raise InvalidArn("Key Aliases are not supported for this operation")


def _parse_arn(text: str, region: str, aliases: bool) -> KeyIdentifier:
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[1] != "aws" or parts[2] != "kms" or not ACCOUNT_PATTERN.fullmatch(parts[4]):
        raise InvalidArn(f"Invalid arn {text}")
    if parts[3] != region:
        raise NotFound(f"Invalid arn {parts[3]}")
    account, resource = parts[4], parts[5]
    if resource.startswith(ALIAS_PREFIX):
        _require_aliases(aliases)
        return KeyIdentifier(account, None, resource)
    key_id = resource.removeprefix("key/")
    if key_id == resource or KEY_ID_PATTERN.fullmatch(key_id) is None:
        raise NotFound(f"Invalid keyId '{key_id}'")
    return KeyIdentifier(account, key_id, None)
