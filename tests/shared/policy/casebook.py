"""The table of cases of authorization: `cases/*.json`, and the questions that they are.

Owns the format. A file is a list of groups `{"source", "given", "cases"}`. `source` is the section of the documentation
that says what to expect; `given` is what all cases of the group share, and a case's own members come over it. Members:

- `principal`: a name of `CALLERS`; "alice" where it is left out.
- `identity`, or several in `identities`; `boundary`; `session`, a list; `service_control`, a list of levels of lists.
- `key_policy`: the default key policy where it is left out; null where no resource-based policy is asked. `trust`: a
  role trust policy.
- `grants`: `grantee` or `service`, `operations`, `equals`, `subset`, `source_arn`. `operation`: what a grant must list.
- `action`, `resource`, `context`, `encryption_context`, `cross_account`.
- `expect`: the name of a `Reason`, or "denied" where the documentation leaves open why.

A policy is a list of statements, which allow `kms:*` on `*` where they say nothing else, and null takes a member away;
or a document as it is; or a text.

`condition` stands for two questions about one block of conditions: an identity policy that allows under it, and one
that denies under it beside an Allow. `expect` is "match" or "no match"; `version` is that of those policies.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from shared.grants.model import Grant
from shared.policy.question import (
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Question,
)

FILES = Path(__file__).parent / "cases"
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
MEMBERS = {
    "name", "principal", "identity", "identities", "boundary", "session", "service_control", "key_policy", "trust",
    "grants", "operation", "action", "resource", "context", "encryption_context", "cross_account", "condition",
    "version", "expect",
}  # fmt: skip


class Case(NamedTuple):
    name: str
    source: str
    question: Question
    expect: str


def cases() -> Iterator[Case]:
    for file in sorted(FILES.glob("*.json")):
        for place, group in enumerate(json.loads(file.read_text("utf-8")), 1):
            for own in group["cases"]:
                members = {**group.get("given", {}), **own}
                assert members.keys() <= MEMBERS, f"{file.name}: {own['name']}: {members.keys() - MEMBERS}"
                yield from _cases_of(f"{file.stem} {place}: {own['name']}", group["source"], members)


def _cases_of(name: str, source: str, members: dict[str, Any]) -> Iterator[Case]:
    if "condition" not in members:
        yield Case(name, source, question(members), members["expect"])
        return
    document = {"Version": members.get("version", CURRENT_VERSION)}
    version = {key: value for key, value in document.items() if value is not None}
    under = {**DEFAULT_STATEMENT, "Condition": members["condition"]}
    expected = CONDITION_EXPECTATIONS[members["expect"]]
    allowing: dict[str, Any] = {**version, "Statement": [under]}
    denying: dict[str, Any] = {**version, "Statement": [DEFAULT_STATEMENT, {**under, "Effect": "Deny"}]}
    yield Case(f"{name} (Allow)", source, question({**members, "identity": allowing}), expected[0])
    yield Case(f"{name} (Deny)", source, question({**members, "identity": denying}), expected[1])


CONDITION_EXPECTATIONS = {
    "match": ("DELEGATED", "EXPLICIT_DENY"),
    "no match": ("NO_IDENTITY_POLICY", "DELEGATED"),
    "denied": ("denied", "denied"),
}


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
