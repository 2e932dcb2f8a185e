"""What a region knows of one grant, immutable and encoded by position: fields are only appended, with defaults."""

from typing import NamedTuple

from shared.grants.events import Context


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

    @property
    def grantee(self) -> str:
        """The principal, or service principal, that gets the permissions."""
        return self.grantee_principal or self.grantee_service_principal or ""

    @property
    def place(self) -> str:
        """Its name among the grants of all keys of a region."""
        return place_of(self.account, self.key_id, self.grant_id)


def place_of(account: str, key_id: str, grant_id: str) -> str:
    """The order of `StateView.retirable_grants`."""
    return f"{account}/{key_id}/{grant_id}"
