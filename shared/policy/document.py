"""Key policies as texts: the one that a key has by itself, and the form in which AWS gives any back.

Owns the layout of the answers, and which text is judged. What may stand in a policy is in `parser.py`, what it allows
in `evaluate.py`.
Source: AWS KMS Developer Guide, "Key policies".
"""

import json
from functools import lru_cache
from typing import Any

from shared.policy.question import PolicyKind, PolicyText
from shared.policy.strict_json import load

POLICY_NAME = "default"


def default_policy(account: str) -> str:
    """The policy of a key that was created without one: the account decides, through IAM."""
    return formatted(
        {
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    )


@lru_cache(maxsize=4096)
def key_policy(arn: str, account: str, text: str | None) -> PolicyText:
    """The policy of the key as it is judged; None stands for the default policy."""
    return PolicyText(PolicyKind.RESOURCE, arn, default_policy(account) if text is None else text)


def rendered(policy: str | None, account: str) -> str:
    """A stored policy as GetKeyPolicy answers it; None stands for the default policy."""
    return default_policy(account) if policy is None else formatted(load(policy))


def formatted(value: Any, indent: str = "") -> str:
    """A JSON value in the layout of AWS's answers: objects over several lines, lists on one, `" : "` between."""
    if isinstance(value, dict):
        deeper = indent + "  "
        members = (f"{deeper}{json.dumps(name)} : {formatted(member, deeper)}" for name, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}" if value else "{ }"
    if isinstance(value, list):
        return "[ " + ", ".join(formatted(element, indent) for element in value) + " ]" if value else "[ ]"
    return json.dumps(value)
