"""What a principal may want changed about grants. `region` in a key's name is the region that decides."""

from typing import NamedTuple

from shared.grants.terms import GrantTerms
from shared.keys.commands import KeyName


class GrantName(NamedTuple):
    """A grant, as seen by the region that decides."""

    key: KeyName
    grant_id: str


class CreateGrant(NamedTuple):
    """`grant_id` is a fresh one, for a grant without a name. `issuing_account` is the caller's."""

    key: KeyName
    grant_id: str
    issuing_account: str
    terms: GrantTerms
    grants_per_key: int
