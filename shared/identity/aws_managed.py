"""The policies that AWS manages and people attach to use keys: a small fixed table.

They stand in no log and are equal in every region of one version. What is not here cannot be attached.
Source: AWS Managed Policy Reference Guide.
"""

import json
from collections.abc import Mapping

_KMS_POWER_USER = [
    "kms:CreateAlias",
    "kms:CreateKey",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:GenerateRandom",
    "kms:Get*",
    "kms:List*",
    "kms:TagResource",
    "kms:UntagResource",
    "iam:ListGroups",
    "iam:ListRoles",
    "iam:ListUsers",
]
_IAM_READ = [
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
]
_READ = ["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*", "kms:Describe*", "kms:Get*", "kms:List*"]


def _statement(effect: str, actions: list[str] | str) -> dict[str, object]:
    return {"Effect": effect, "Action": actions, "Resource": "*"}


def _document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


_POWER_USER: dict[str, object] = {
    "Effect": "Allow",
    "NotAction": ["iam:*", "organizations:*", "account:*"],
    "Resource": "*",
}
_DOCUMENTS = {
    "AdministratorAccess": _document(_statement("Allow", "*")),
    "AWSDenyAll": _document(_statement("Deny", ["*"])),
    "AWSKeyManagementServicePowerUser": _document(_statement("Allow", _KMS_POWER_USER)),
    "IAMFullAccess": _document(_statement("Allow", ["iam:*"])),
    "IAMReadOnlyAccess": _document(_statement("Allow", _IAM_READ)),
    "PowerUserAccess": _document(_POWER_USER, _statement("Allow", ["iam:ListRoles"])),
    "ReadOnlyAccess": _document(_statement("Allow", _READ)),
}

AWS_MANAGED: Mapping[str, str] = {f"arn:aws:iam::aws:policy/{name}": text for name, text in _DOCUMENTS.items()}
"""ARN -> document, of the services that answer here alone."""
