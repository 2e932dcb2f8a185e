"""The policies that AWS manages, as IAM's answers tell of them.

Owns what `shared/identity/aws_managed.py` does not say: one version, a date, unique ids that follow from the ARNs.
"""

import base64
import hashlib
from collections.abc import Mapping

from shared.identity.aws_managed import AWS_MANAGED
from shared.identity.model import Policy, PolicyVersion
from shared.identity.naming import AWS_OWNED

MADE_AT = 1_422_748_800_000
"""1 February 2015, in milliseconds. AWS made most of them in that week."""


def _policy(arn: str, document: str) -> Policy:
    unique = base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
    return Policy(
        account=AWS_OWNED,
        policy_name=arn.rsplit("/", 1)[-1],
        policy_id=f"ANPA{unique}",
        created_at=MADE_AT,
        updated_at=MADE_AT,
        default=1,
        newest=1,
        versions=(PolicyVersion(1, MADE_AT, document),),
    )


AWS_POLICIES: Mapping[str, Policy] = {arn: _policy(arn, AWS_MANAGED[arn]) for arn in sorted(AWS_MANAGED, key=str.lower)}
"""ARN -> policy, in the order of the names."""
