"""What authorization answers, as a value: allowed or not, why, and which statements decided it.

Owns `Verdict` and the one table of reasons. An answer to a client tells of it what AWS tells, the owner's side all.
"""

from enum import Enum
from typing import NamedTuple

from shared.policy.question import PolicyKind


class Reason(Enum):
    """Why. The first four allow."""

    RESOURCE_POLICY = "the resource's policy allows the principal"
    GRANT = "a grant allows the principal"
    DELEGATED = "the resource's policy leaves it to the account, whose identity policies allow it"
    IDENTITY_POLICY = "identity policies allow it, and no resource-based policy is asked"

    EXPLICIT_DENY = "a statement denies it"
    NEVER_CROSS_ACCOUNT = "the operation is for the resource's own account only"
    NO_SERVICE_CONTROL_POLICY = "service control policies do not allow it"
    NO_RESOURCE_POLICY = "the resource's policy does not let the principal in"
    NO_IDENTITY_POLICY = "no identity policy of the principal allows it"
    NO_BOUNDARY = "the permissions boundary does not allow it"
    NO_SESSION_POLICY = "the session policies do not allow it"

    __hash__ = object.__hash__


ALLOWING = frozenset({Reason.RESOURCE_POLICY, Reason.GRANT, Reason.DELEGATED, Reason.IDENTITY_POLICY})


UNREADABLE = -1
"""The place of a whole policy that cannot be read, and denies for that."""


class Deciding(NamedTuple):
    """A statement that decided: its policy's kind and name, its place in it (from 0) and its Sid, if any."""

    kind: PolicyKind
    policy: str
    place: int
    sid: str


class Verdict(NamedTuple):
    """`statements`: all that denied, or of those that allowed one for each policy that had to; empty where none spoke.

    `grant_id`: of a `GRANT`.
    """

    reason: Reason
    statements: tuple[Deciding, ...] = ()
    grant_id: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason in ALLOWING
