"""The names by which policies and grants may call somebody.

Owns the forms alone: whether the principal exists is not asked here.
Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

import re
from collections.abc import Mapping

_ARN = re.compile(
    r"""arn:aws:iam::[0-9]{12}:(root | (user|role)/[\w+=,.@/-]+)
    | arn:aws:sts::[0-9]{12}:(assumed-role/[\w+=,.@-]+/[\w+=,.@-]+ | federated-user/[\w+=,.@-]+)""",
    re.VERBOSE | re.ASCII,
)
_AWS = re.compile(rf"\* | [0-9]{{12}} | (AIDA|AROA)[A-Z0-9]{{12,}} | {_ARN.pattern}", re.VERBOSE | re.ASCII)
_FORMS: Mapping[str, re.Pattern[str]] = {
    "AWS": _AWS,
    "Service": re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+"),
    "Federated": re.compile(r"[\w.:/+=,@-]+", re.ASCII),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


def is_principal(kind: str, name: str) -> bool:
    """Whether `name` is a form that a key policy takes under `kind`. No groups, no partial wildcards."""
    form = _FORMS.get(kind)
    return form is not None and form.fullmatch(name) is not None


def is_principal_arn(name: str) -> bool:
    """Whether `name` is the ARN of an account, a user, a role, a session or a federated user."""
    return _ARN.fullmatch(name) is not None


def account_of(arn: str) -> str:
    """The account in a principal's ARN."""
    return arn.split(":")[4]


def account_root(account: str) -> str:
    """The ARN that stands for the whole account."""
    return f"arn:aws:iam::{account}:root"
