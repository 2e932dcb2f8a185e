"""The condition keys that a policy asks for."""

import json

from shared.policy.condition_keys import keys_asked
from shared.policy.question import PolicyKind, PolicyText


def keys(*statements: dict[str, object], version: str = "2012-10-17", action: str | None = "kms:Encrypt") -> list[str]:
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return list(keys_asked(PolicyText(PolicyKind.IDENTITY, "p", text), action))


def statement(action: str = "kms:*", resource: str = "*", **condition: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def test_conditions_and_variables_ask() -> None:
    named = statement(
        resource="arn:aws:kms:*:*:key/${aws:PrincipalTag/team, 'none'}-${*}",
        StringEquals={"kms:ViaService": "${aws:username}"},
        Null={"aws:TokenIssueTime": "true"},
    )
    assert keys(named) == ["kms:ViaService", "aws:TokenIssueTime", "aws:PrincipalTag/team", "aws:username"]


def test_only_what_is_said_about_the_action_counts() -> None:
    assert keys(statement("kms:Decrypt", Bool={"a:b": "true"}), statement(Bool={"c:d": "true"})) == ["c:d"]
    both = statement("kms:Decrypt", Bool={"a:b": "true"}), statement(Bool={"c:d": "true"})
    assert keys(*both, action=None) == ["a:b", "c:d"]


def test_the_older_version_has_no_variables() -> None:
    assert keys(statement(StringLike={"a:b": "${aws:username}"}), version="2008-10-17") == ["a:b"]
