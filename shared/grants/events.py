"""What happens to grants. `shared/events.py` gives these events their tags."""

from typing import NamedTuple, TypeAlias

Context: TypeAlias = tuple[tuple[str, str], ...]
"""The pairs of an encryption context, in the order of their keys."""


class GrantCreated(NamedTuple):
    """A grant stands on a key of `account`; it never changes, so that its id stands for all that it says.

    `key_created_at` is the key's `created_at` in the region of this event. It ties the grant to this life of the key: a
    replica that is deleted and made again has another, and none of the grants of before. A context that is None is no
    constraint; an empty one that must be equalled is.
    """

    account: str
    key_id: str
    grant_id: str
    key_created_at: int
    issuing_account: str
    operations: tuple[str, ...]
    name: str = ""
    grantee_principal: str | None = None
    grantee_service_principal: str | None = None
    retiring_principal: str | None = None
    retiring_service_principal: str | None = None
    encryption_context_equals: Context | None = None
    encryption_context_subset: Context | None = None
    source_arn: str | None = None


class GrantRetired(NamedTuple):
    """By one whom the grant let give it up, or by its key's account."""

    account: str
    key_id: str
    grant_id: str


class GrantRevoked(NamedTuple):
    """By one who manages the key, or because the key goes."""

    account: str
    key_id: str
    grant_id: str


class GrantShared(NamedTuple):
    """The primary gave all regions of the key this grant. It is of the whole key: of each of its lives in each region.

    The fields are those of `GrantCreated`. `created_at` is the time of creation in milliseconds where it is not the
    record's: that of a grant which the primary had alone before.
    """

    account: str
    key_id: str
    grant_id: str
    issuing_account: str
    operations: tuple[str, ...]
    name: str = ""
    grantee_principal: str | None = None
    grantee_service_principal: str | None = None
    retiring_principal: str | None = None
    retiring_service_principal: str | None = None
    encryption_context_equals: Context | None = None
    encryption_context_subset: Context | None = None
    source_arn: str | None = None
    created_at: int = 0


class SharedGrantEnded(NamedTuple):
    """A grant of all regions was retired or revoked, in whichever of them: it never comes back under its id."""

    account: str
    key_id: str
    grant_id: str
    retired: bool = False


class GrantReplaced(NamedTuple):
    """The primary's own grant goes on as one that all regions have, under the same id."""

    account: str
    key_id: str
    grant_id: str


GrantEvent: TypeAlias = GrantCreated | GrantRetired | GrantRevoked | GrantShared | SharedGrantEnded | GrantReplaced
