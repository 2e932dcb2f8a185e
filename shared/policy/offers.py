"""The grants of one operation to one principal, made ready to be asked: only their constraints are left.

Owns what of a grant follows from the principal and the operation alone, and the keeping of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from shared.grants.model import Grant
from shared.policy.grant_match import Constraints, constraints_of, grantee_naming
from shared.policy.naming import Name, Naming
from shared.policy.question import Question
from shared.policy.verdict import Reason, Verdict


class Offer(NamedTuple):
    """The constraints of a grant, how it calls the principal, and the verdict that it gives where they hold."""

    constraints: Constraints
    naming: Naming
    granted: Verdict


class Offers:
    """Those to one principal, of one operation on one key, in one state."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: tuple[Offer, ...] | None = None

    def of(self, question: Question, names: Mapping[Name, Naming]) -> Iterable[Offer]:
        """Kept where the grants are given as a tuple; else they are too many, and are read again each time.

        `names`: those of the principal.
        """
        if self._kept is not None:
            return self._kept
        grants = question.grants()
        offers = _offers(grants, question.grant_operation, names)
        if not isinstance(grants, tuple):
            return offers
        self._kept = tuple(offers)
        return self._kept


def _offers(grants: Iterable[Grant], operation: str | None, names: Mapping[Name, Naming]) -> Iterator[Offer]:
    """In the order of the grants, as they are asked for."""
    for grant in grants:
        if operation in grant.operations:
            naming = grantee_naming(grant, names)
            if naming is not Naming.NOT:
                yield Offer(constraints_of(grant, operation), naming, Verdict(Reason.GRANT, (), grant.grant_id))
