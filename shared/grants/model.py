"""What a region knows of one grant, immutable and encoded by position: fields are only appended, with defaults."""

from typing import NamedTuple

from shared.grants.events import Context

OF_THE_WHOLE_KEY = 0
"""The `key_created_at` of a grant that all regions of its key have in common."""


class Grant(NamedTuple):
    """As `GrantCreated` tells it, and when: `created_at` in milliseconds."""

    account: str
    key_id: str
    grant_id: str
    key_created_at: int
    issuing_account: str
    operations: tuple[str, ...]
    name: str
    grantee_principal: str | None
    grantee_service_principal: str | None
    retiring_principal: str | None
    retiring_service_principal: str | None
    encryption_context_equals: Context | None
    encryption_context_subset: Context | None
    source_arn: str | None
    created_at: int
    given_in: tuple[tuple[int, str, int], ...] = ()
    """Of a grant that all regions have in common: the epochs (count, region) in which a primary gave it, each with the
    number of the record; empty where an older version did, whose word always counts."""

    @property
    def shared(self) -> bool:
        """Whether all regions of the key have it in common."""
        return self.key_created_at == OF_THE_WHOLE_KEY

    @property
    def grantee(self) -> str:
        """The principal, or service principal, that gets the permissions."""
        return self.grantee_principal or self.grantee_service_principal or ""

    @property
    def place(self) -> str:
        """Its name among the grants of all keys of a region."""
        return place_of(self.account, self.key_id, self.grant_id)


class EndedGrant(NamedTuple):
    """What is left of a shared grant for ever, so that nothing which was said before its end brings it back.

    `ended_at` is in milliseconds.
    """

    ended_at: int


def place_of(account: str, key_id: str, grant_id: str) -> str:
    """The order of `StateView.retirable_grants`."""
    return f"{account}/{key_id}/{grant_id}"
