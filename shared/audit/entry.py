"""One entry of the audit trail: a call and its outcome, or what the region did by itself.

Owns the layout, which never changes: a msgpack array of the fields of `AuditEntry`, in that order; later versions
append fields. An entry holds no plaintext, no ciphertext, no secret, no text of a policy and no grant token. It is
compact, for it is written on the way of every answer; CloudTrail's JSON is made of it when it is asked for.
"""

from functools import lru_cache
from typing import Annotated, Any

import msgspec

from shared.times import LAST_SECOND

FORM = 1
GRANTS = "Grants"
"""The member of `additional` with the ids of the grants by which a call was permitted."""
_Number = Annotated[int, msgspec.Meta(ge=0)]


class _Layout(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An array whose places mean the same for ever. Elements beyond them are a later version's, and passed over."""


class Identity(_Layout, frozen=True):
    """Who called.

    `kind` as CloudTrail's userIdentity calls it: Root, IAMUser, AssumedRole, WebIdentityUser, AWSService.
    `principal_id` as GetCallerIdentity tells it. Of an AWSService `arn` is the service's name. The rest is of a session
    alone: the ARN of its role, when it was issued (milliseconds), who vouched for it (the ARN of an identity provider;
    of a WebIdentityUser, too) and its source identity.
    """

    kind: str
    account: str
    arn: str
    principal_id: str
    access_key_id: str
    role_arn: str = ""
    issued_at: int | None = None
    provider: str = ""
    source_identity: str = ""


class Origin(_Layout, frozen=True):
    """The record that the entry is derived from: the log's name, its partition, the record's number in it."""

    log: str
    partition: int
    number: int


class AuditEntry(_Layout, frozen=True):
    """`time` in milliseconds since 1970; `service`: kms, sts, iam, cloudtrail, or keytide for what AWS does not know.

    `identity` None: the region itself, "AWS Internal" in CloudTrail's words; `request_id` "" where nobody has asked.
    `parameters`, `response` and `additional` have the names of the API's members, and `details` are those of a service
    event. `resources`: ARNs of the keys that were touched. `error`: code and message of a refusal. `changes`: the
    opposite of readOnly. `waited`: whether the answer left only after the entry was durable.
    """

    form: int
    time: _Number
    service: str
    operation: str
    identity: Identity | None
    request_id: str
    source_address: str
    user_agent: str
    secure: bool
    parameters: dict[str, Any] | None
    response: dict[str, Any] | None
    additional: dict[str, Any] | None
    resources: tuple[str, ...]
    error: tuple[str, str] | None
    changes: bool
    waited: bool
    details: dict[str, Any] | None = None
    origin: Origin | None = None


class NotAnEntry(Exception):
    """The bytes are no entry that this program reads."""


_read = msgspec.msgpack.Decoder(AuditEntry).decode
encode_entry = msgspec.msgpack.Encoder().encode
"""The entry's bytes, which are what is hashed."""


def decode_entry(encoded: bytes) -> AuditEntry:
    """Also of a later version, without what it has appended. Errors: NotAnEntry."""
    try:
        return _read(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnEntry(f"not an entry: {type(error).__name__}") from error


def accounts_of(entry: AuditEntry) -> tuple[str, ...]:
    """In whose trails it stands, the caller's first: of a refusal the caller's alone, as CloudTrail does."""
    own = () if entry.identity is None else (entry.identity.account,)
    if own and entry.error is not None:
        return own
    return _accounts(own, entry.resources)


@lru_cache(maxsize=16384)
def _accounts(own: tuple[str, ...], resources: tuple[str, ...]) -> tuple[str, ...]:
    """Remembered: the same callers use the same keys all day."""
    owners = (account for arn in resources if (account := account_in(arn)))
    return tuple(dict.fromkeys((*own, *owners)))


def account_in(resource: str) -> str:
    """Whose it is; "" of what is no ARN, or of an ARN without an account."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) > 5 and parts[0] == "arn" else ""


def time_of(entry: AuditEntry) -> int:
    """When it was, as indexes and tallies can hold it: at the latest at the end of the calendar."""
    return min(entry.time, LAST_SECOND * 1000 + 999)
