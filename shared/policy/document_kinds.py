"""What may be written in a policy, by what it is attached to: the one table.

Owns the rules that differ between kinds: members, sizes, the form of a Sid. How a document is read is in `parser.py`.
Source: IAM User Guide, "IAM JSON policy elements reference" and "IAM and AWS STS quotas"; AWS KMS Developer Guide, "Key
policies" and "Resource quotas"; AWS Organizations User Guide, "Quotas".
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple

from shared.policy.question import PolicyKind


class Member(Enum):
    """Whether every statement has to have a member."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


def utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def without_white_space(text: str) -> int:
    """Characters as IAM counts them against its quotas."""
    return len(re.sub(r"\s+", "", text))


class DocumentKind(NamedTuple):
    """`size` measures a text against `maximum`. `service`: of which alone actions may be; "" for any.

    `plain_sids`: a Sid is letters and digits, and no two are alike. An inline policy's maximum is that of its
    principal's inline policies together.
    """

    title: str
    principal: Member
    action: Member
    resource: Member
    maximum: int
    size: Callable[[str], int] = without_white_space
    plain_sids: bool = True
    service: str = ""


def _of_principal(title: str, maximum: int, size: Callable[[str], int] = without_white_space) -> DocumentKind:
    return DocumentKind(title, Member.FORBIDDEN, Member.REQUIRED, Member.REQUIRED, maximum, size)


KEY_POLICY = DocumentKind(
    "key policy", Member.REQUIRED, Member.OPTIONAL, Member.OPTIONAL, 32_768, utf8_bytes, plain_sids=False
)
TRUST_POLICY = DocumentKind("trust policy", Member.REQUIRED, Member.REQUIRED, Member.FORBIDDEN, 2_048, service="sts")
"""An account may have its limit raised, to 4,096 at most."""
MANAGED_POLICY = _of_principal("managed policy", 6_144)
USER_POLICY = _of_principal("user's inline policies", 2_048)
GROUP_POLICY = _of_principal("group's inline policies", 5_120)
ROLE_POLICY = _of_principal("role's inline policies", 10_240)
SESSION_POLICY = _of_principal("session policy", 2_048, len)
SERVICE_CONTROL_POLICY = _of_principal("service control policy", 5_120, utf8_bytes)

KINDS: Mapping[PolicyKind, DocumentKind] = {
    PolicyKind.RESOURCE: KEY_POLICY,
    PolicyKind.IDENTITY: MANAGED_POLICY,
    PolicyKind.BOUNDARY: MANAGED_POLICY,
    PolicyKind.SESSION: SESSION_POLICY,
    PolicyKind.SERVICE_CONTROL: SERVICE_CONTROL_POLICY,
    PolicyKind.TRUST: TRUST_POLICY,
}
"""How a policy that stands in the state is read; its size was judged when it was put."""
