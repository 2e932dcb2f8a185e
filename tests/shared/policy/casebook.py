"""The table of cases of authorization: `cases/*.json`, and the questions that they are.

Owns the format. A file is a list of groups `{"source", "given", "cases"}`. `source` is the section of the documentation
that says what to expect; `given` is what all cases of the group share, and a case's own members come over it. Members:

- `principal`: a name of `CALLERS` in `case_questions.py`; "alice" where it is left out.
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

from shared.policy.question import Question
from tests.shared.policy.case_questions import CURRENT_VERSION, DEFAULT_STATEMENT, question

FILES = Path(__file__).parent / "cases"
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
