"""What the members of a case mean: the callers by name, and the question that a case asks."""

import json
from typing import Any

from shared.grants.model import Grant
from shared.policy.question import (
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Question,
)

ACCOUNT, THEIR_ACCOUNT = "111122223333", "444455556666"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:eu-a-1:{ACCOUNT}:key/{KEY_ID}"
CURRENT_VERSION = "2012-10-17"


def _session(account: str, role: str, session: str) -> Principal:
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    unique_id = f"AROA{role.upper():0<16}A"
    return Principal(PrincipalKind.SESSION, account, arn, unique_id, f"arn:aws:iam::{account}:role/{role}")


def _user(account: str, name: str) -> Principal:
    return Principal(PrincipalKind.USER, account, f"arn:aws:iam::{account}:user/{name}", f"AIDA{name.upper():0<16}A")


def _root(account: str) -> Principal:
    return Principal(PrincipalKind.ROOT, account, f"arn:aws:iam::{account}:root", account)


CALLERS = {
    "alice": _user(ACCOUNT, "alice"),
    "root": _root(ACCOUNT),
    "deployer": _session(ACCOUNT, "deployer", "run-1"),
    "bob": _user(THEIR_ACCOUNT, "bob"),
    "their root": _root(THEIR_ACCOUNT),
    "visitor": _session(THEIR_ACCOUNT, "visitor", "visit-1"),
    "backup": Principal(PrincipalKind.SERVICE, "", "backup.example.com"),
    "provider": Principal(PrincipalKind.FEDERATED, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"),
}
DEFAULT_KEY_POLICY = [{"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]
DEFAULT_STATEMENT = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
WITHOUT_RESOURCE = {"Effect": "Allow", "Action": "kms:*"}


def question(members: dict[str, Any]) -> Question:
    action = members.get("action", "kms:Encrypt")
    context = {key.lower(): _values(value) for key, value in members.get("context", {}).items()}
    return Question(
        principal=CALLERS[members.get("principal", "alice")],
        identity=_identity(members),
        action=action,
        resource=members.get("resource", KEY),
        resource_account=ACCOUNT,
        resource_policy=_resource_policy(members),
        context=context,
        grant_operation=members.get("operation", action.partition(":")[2]),
        grants=lambda: [grant(one) for one in members.get("grants", [])],
        cross_account=members.get("cross_account", True),
        encryption_context=members.get("encryption_context"),
    )


def _values(value: str | list[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


def _identity(members: dict[str, Any]) -> IdentityPolicies:
    found = members.get("identities") or ([members["identity"]] if members.get("identity") is not None else [])
    session = members.get("session")
    return IdentityPolicies(
        _texts(PolicyKind.IDENTITY, found),
        _texts(PolicyKind.BOUNDARY, [members["boundary"]])[0] if "boundary" in members else None,
        None if session is None else _texts(PolicyKind.SESSION, session),
        tuple(_texts(PolicyKind.SERVICE_CONTROL, level) for level in members.get("service_control", [])),
    )


def _resource_policy(members: dict[str, Any]) -> PolicyText | None:
    if "trust" in members:
        return _texts(PolicyKind.TRUST, [members["trust"]])[0]
    found = members.get("key_policy", DEFAULT_KEY_POLICY)
    return None if found is None else _texts(PolicyKind.RESOURCE, [found])[0]


def _texts(kind: PolicyKind, found: list[Any]) -> tuple[PolicyText, ...]:
    return tuple(PolicyText(kind, f"policy {place}", _text(kind, one)) for place, one in enumerate(found))


def _text(kind: PolicyKind, found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, dict):
        return json.dumps(found)
    default = WITHOUT_RESOURCE if kind is PolicyKind.TRUST else DEFAULT_STATEMENT
    statements = [{**default, **one} for one in found]
    present = [{key: value for key, value in one.items() if value is not None} for one in statements]
    return json.dumps({"Version": CURRENT_VERSION, "Statement": present})


def grant(found: dict[str, Any]) -> Grant:
    def pairs(name: str) -> tuple[tuple[str, str], ...] | None:
        return tuple(sorted(found[name].items())) if name in found else None

    return Grant(
        account=ACCOUNT,
        key_id=KEY_ID,
        grant_id=found.get("grant_id", "0" * 64),
        key_created_at=0,
        issuing_account=ACCOUNT,
        operations=tuple(found.get("operations", ["Encrypt", "Decrypt"])),
        name="",
        grantee_principal=found.get("grantee"),
        grantee_service_principal=found.get("service"),
        retiring_principal=None,
        retiring_service_principal=None,
        encryption_context_equals=pairs("equals"),
        encryption_context_subset=pairs("subset"),
        source_arn=found.get("source_arn"),
        created_at=0,
    )
