"""The grants of one operation to one principal, made ready to be asked: only their constraints are left.

Owns what of a grant follows from the principal and the operation alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from shared.grants.model import Grant
from shared.policy.grant_match import Constraints, constraints_of, grantee_naming
from shared.policy.naming import Name, Naming
from shared.policy.verdict import Reason, Verdict


class Offer(NamedTuple):
    """The constraints of a grant, how it calls the principal, and the verdict that it gives where they hold."""

    constraints: Constraints
    naming: Naming
    granted: Verdict


def offers_of(grants: Iterable[Grant], operation: str | None, names: Mapping[Name, Naming]) -> Iterator[Offer]:
    """In the order of the grants, as they are asked for."""
    for grant in grants:
        if operation in grant.operations:
            naming = grantee_naming(grant, names)
            if naming is not Naming.NOT:
                yield Offer(constraints_of(grant, operation), naming, Verdict(Reason.GRANT, (), grant.grant_id))
