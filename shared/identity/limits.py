"""How much of everything an account may have: the one table, with IAM's default quotas.

Source: IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations User Guide, "Quotas" (service control policies).
"""

from typing import NamedTuple


class IdentityLimits(NamedTuple):
    """Numbers of things. The sizes of policies are in `shared/policy/document_kinds.py`."""

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
    service_control_policies_per_level: int = 5


LIMITS = IdentityLimits()

LEVELS = ("root", "unit-1", "unit-2", "unit-3", "unit-4", "unit-5", "account")
"""Where service control policies stand above an account, from the root of the organization down."""
