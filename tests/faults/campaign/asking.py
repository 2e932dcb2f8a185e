"""How the operations of a campaign are asked: what each would write, and what its answer tells of registers.

Owns the two tables, of changes and of looks. A value that is written is the call's name wherever the member takes a
text, so that no two writes are alike; being enabled has two values, and an alias's target two keys.
"""

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

from tests.faults.campaign.calls import Register, number_of

Seen = tuple[tuple[Register, Hashable], ...]
MADE = "made"
"""What text members hold when a key is made."""
TAG = "campaign"
PLAINTEXT = "YXR0YWNrIGF0IGRhd24="
ENABLED, DESCRIPTION, TAGGED, POLICY, TARGET = "enabled", "description", "tag", "policy", "target"


class Subject(NamedTuple):
    """A key under test and the alias that points at it or at `other`."""

    region: str
    account: str
    key: str
    other: str
    alias: str

    def register(self, member: str) -> Register:
        return Register(self.region, self.alias if member == TARGET else self.key, member)

    def initial(self) -> dict[Register, Hashable]:
        """What the registers hold before the first call."""
        texts = {self.register(member): MADE for member in (DESCRIPTION, TAGGED, POLICY)}
        return {**texts, self.register(ENABLED): True, self.register(TARGET): self.key}


class Change(NamedTuple):
    """`always_recorded`: it leaves a record also where it sets what is there, since no two of its values are alike."""

    operation: str
    parameters: Callable[[Subject, str], dict[str, Any]]
    member: str
    value: Callable[[Subject, str], Hashable]
    always_recorded: bool = True


class Look(NamedTuple):
    operation: str
    parameters: Callable[[Subject], dict[str, Any]]
    seen: Callable[[Subject, Mapping[str, Any]], Seen]


def policy(account: str, name: str) -> str:
    """The default key policy under an id of its own. It lets the account's administrator in."""
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Id": name, "Statement": [statement]})


def _key(subject: Subject, **more: Any) -> dict[str, Any]:
    return {"KeyId": subject.key, **more}


def _target(subject: Subject, name: str) -> str:
    """By turns."""
    return subject.key if number_of(name) % 2 else subject.other


CHANGES: tuple[Change, ...] = (
    Change("EnableKey", lambda at, _: _key(at), ENABLED, lambda *_: True, always_recorded=False),
    Change("DisableKey", lambda at, _: _key(at), ENABLED, lambda *_: False, always_recorded=False),
    Change("UpdateKeyDescription", lambda at, name: _key(at, Description=name), DESCRIPTION, lambda _, name: name),
    Change(
        "TagResource",
        lambda at, name: _key(at, Tags=[{"TagKey": TAG, "TagValue": name}]),
        TAGGED,
        lambda _, name: name,
    ),
    Change(
        "PutKeyPolicy",
        lambda at, name: _key(at, PolicyName="default", Policy=policy(at.account, name)),
        POLICY,
        lambda _, name: name,
    ),
    Change(
        "UpdateAlias",
        lambda at, name: {"AliasName": at.alias, "TargetKeyId": _target(at, name)},
        TARGET,
        _target,
        always_recorded=False,
    ),
)


def _described(subject: Subject, answer: Mapping[str, Any]) -> Seen:
    told = answer["KeyMetadata"]
    return (subject.register(ENABLED), told["Enabled"]), (subject.register(DESCRIPTION), told["Description"])


def _tagged(subject: Subject, answer: Mapping[str, Any]) -> Seen:
    (value,) = [tag["TagValue"] for tag in answer["Tags"] if tag["TagKey"] == TAG]
    return ((subject.register(TAGGED), value),)


LOOKS: tuple[Look, ...] = (
    Look("DescribeKey", _key, _described),
    Look("ListResourceTags", _key, _tagged),
    Look(
        "GetKeyPolicy",
        lambda at: _key(at, PolicyName="default"),
        lambda at, answer: ((at.register(POLICY), json.loads(answer["Policy"])["Id"]),),
    ),
    Look(
        "DescribeKey",
        lambda at: {"KeyId": at.alias},
        lambda at, answer: ((at.register(TARGET), answer["KeyMetadata"]["KeyId"]),),
    ),
    Look("Encrypt", lambda at: _key(at, Plaintext=PLAINTEXT), lambda at, _: ((at.register(ENABLED), True),)),
)
DISABLED = "DisabledException"
"""The refusal that tells, too: of Encrypt under a key that is not enabled."""


def always_recorded(operation: str) -> bool:
    """Whether a success of it leaves a record, whatever was there before."""
    return any(change.operation == operation and change.always_recorded for change in CHANGES)
