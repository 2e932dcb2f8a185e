"""What authorization is asked, as values.

Owns `Question`: a principal wants an action on a resource, the policies that may speak about it, and the facts of the
request. Nothing here decides; `evaluate.py` does. Texts of policies stand in the state as they were put: what is
compiled from one is remembered by the text itself, so that a changed policy is never judged by its older form.
Source: IAM User Guide, "Policy evaluation logic"; AWS KMS Developer Guide, "Troubleshooting key access".
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias

from shared.grants.model import Grant

Values: TypeAlias = str | tuple[str, ...]
"""One text for a single-valued condition key; a tuple for a multivalued one."""

Context: TypeAlias = Mapping[str, Values]
"""Condition key, in lower case -> its values in this request. A key that is absent has no value here. Numbers, booleans
("true", "false") and dates (ISO 8601 in UTC) are texts too. It may be computed lazily: only `get` is asked of it."""


class PrincipalKind(Enum):
    ROOT = "root"
    USER = "user"
    SESSION = "assumed role session"
    FEDERATED = "federated"
    """Who comes with a token of an identity provider, and is nobody's principal yet; `arn` is the provider's."""
    SERVICE = "service"
    """`arn` is the service principal's name, such as `backup.example.com`; `account` is "" ."""

    __hash__ = object.__hash__


class Principal(NamedTuple):
    """Who asks. `unique_id`: `AIDA…` of a user, `AROA…` of a session's role. `role_arn`: of a session alone."""

    kind: PrincipalKind
    account: str
    arn: str
    unique_id: str = ""
    role_arn: str = ""


class PolicyKind(Enum):
    """What a policy is attached to; the value is how messages call it."""

    RESOURCE = "resource-based policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    TRUST = "role trust policy"
    """The resource-based policy of a role."""

    __hash__ = object.__hash__


class PolicyText(NamedTuple):
    """A policy as it is stored. `name` says which one it is, for people: an ARN, or `user/alice/policy/inline-name`."""

    kind: PolicyKind
    name: str
    text: str


class IdentityPolicies(NamedTuple):
    """All that stands with the principal.

    `policies`: inline and managed, of its groups too. `boundary` None: there is none. `session` None: the session was
    not given policies. `service_control`: by level, root first, each of which has to allow; () where none apply.
    """

    policies: tuple[PolicyText, ...] = ()
    boundary: PolicyText | None = None
    session: tuple[PolicyText, ...] | None = None
    service_control: tuple[tuple[PolicyText, ...], ...] = ()


NO_POLICIES = IdentityPolicies()
GONE = "a principal that is gone"
"""The name of what denies everything to who is no user and no role any more."""
Grants: TypeAlias = Callable[[], Iterable[Grant]]
"""The grants in force on the key whose grantee is the principal, its role or its account. Asked only where policies
neither deny nor already allow."""


def no_grants() -> Iterable[Grant]:
    return ()


class RightAsked(NamedTuple):
    """The first fields of `Question`: all of it that no request says."""

    principal: Principal
    identity: IdentityPolicies
    action: str
    resource: str
    resource_account: str
    resource_policy: PolicyText | None


class Question(NamedTuple):
    """May `principal` do `action` (`kms:Encrypt`) to `resource` (an ARN, or `*`) of `resource_account`?

    `resource_policy` None: nothing but identity policies speaks about the action (`kms:CreateKey`, all of IAM).
    `grant_operation` None: no grant can give it. `cross_account`: whether another account can ever be let in.
    `encryption_context`: the request's own, letter by letter, for the constraints of grants; the keys of `context` have
    lost their case.
    """

    principal: Principal
    identity: IdentityPolicies
    action: str
    resource: str
    resource_account: str
    resource_policy: PolicyText | None
    context: Context
    grant_operation: str | None = None
    grants: Grants = no_grants
    cross_account: bool = True
    encryption_context: Mapping[str, str] | None = None

    @property
    def right(self) -> RightAsked:
        """What is asked, without what its request says."""
        return RightAsked(*self[:6])
