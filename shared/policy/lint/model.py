"""What is looked at, and what is found.

Owns the shapes, and what has to be known beside the policy itself.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from shared.policy.document_kinds import KINDS
from shared.policy.question import PolicyKind, PolicyText
from shared.policy.statement import Document, Statement

WHOLE = -1
"""The place of a finding about the whole policy."""


class Severity(IntEnum):
    LOW = 1
    """Does no harm, and does not do what it seems to."""
    MEDIUM = 2
    """Gives more than it should, or does not do what somebody relies on."""
    HIGH = 3
    """Lets anybody in, or nobody ever again."""


class Finding(NamedTuple):
    """`check`: its name, in one word or two. `place` from 0, or `WHOLE`."""

    severity: Severity
    check: str
    policy: str
    place: int
    sid: str
    says: str
    remedy: str


class Known(NamedTuple):
    """What a policy may speak of. Actions as policies name them (`kms:Encrypt`), condition keys in lower case.

    `account_actions`: those that are on no key. `key_prefixes`: of families such as `aws:requesttag/`. `exists`:
    whether a principal is there, by its name in a policy; None where that is not known.
    """

    actions: frozenset[str]
    account_actions: frozenset[str]
    condition_keys: frozenset[str]
    key_prefixes: tuple[str, ...]
    exists: Callable[[str], bool | None]


class Linted(NamedTuple):
    """A readable policy. `account`: whose it is; `resource`: the ARN of what it stands with, "" where unknown."""

    policy: PolicyText
    document: Document
    account: str
    resource: str
    known: Known

    @property
    def is_key_policy(self) -> bool:
        return self.policy.kind is PolicyKind.RESOURCE

    @property
    def has_actions_of_kms(self) -> bool:
        """Whether its statements may be about keys at all."""
        return KINDS[self.policy.kind].service in ("", "kms")


class Placed(NamedTuple):
    """One statement of a policy."""

    place: int
    statement: Statement
    linted: Linted

    def finding(self, severity: Severity, check: str, says: str, remedy: str) -> Finding:
        return Finding(severity, check, self.linted.policy.name, self.place, self.statement.sid, says, remedy)
