"""How much of everything an account may have: the one table, with IAM's default quotas.

Source: IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations User Guide, "Quotas" (service control policies).
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.identity.model import Group, Role, User


class IdentityLimits(NamedTuple):
    """Numbers of things; sizes are characters, white space not counted where IAM does not count it."""

    users: int = 5_000
    groups: int = 300
    roles: int = 1_000
    policies: int = 1_500
    oidc_providers: int = 100
    access_keys_per_user: int = 2
    groups_per_user: int = 10
    attached_policies: int = 10
    policy_versions: int = 5
    tags: int = 50
    client_ids: int = 100
    thumbprints: int = 5
    managed_policy_size: int = 6_144
    trust_policy_size: int = 2_048
    service_control_policy_size: int = 5_120
    service_control_policies_per_level: int = 5


LIMITS = IdentityLimits()

INLINE_SIZE: Mapping[type[object], int] = {User: 2_048, Group: 5_120, Role: 10_240}
"""Characters of all inline policies of one holder, without white space."""

LEVELS = ("root", "unit-1", "unit-2", "unit-3", "unit-4", "unit-5", "account")
"""Where service control policies stand above an account, from the root of the organization down."""
