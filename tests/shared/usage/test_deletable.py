"""What speaks against deleting a key, and that only nothing makes the answer yes."""

from typing import Any

import pytest

from shared.keys.model import Deletion, Key, KeyMaterial, ScreamTest
from shared.keys.times import days
from shared.usage.deletable import Gathered, Weight, findings, is_deletable, principals_of
from shared.usage.tally import OUTCOMES, Count, Counted
from tests.shared.usage.test_tally import ACCOUNT, ALICE, KEY

NOW = 1_790_000_000_000
YEAR_AGO = NOW - days(365)
KEY_ID = KEY.rpartition("/")[2]
HERE = Gathered(
    "us-east-1",
    Key(
        ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", YEAR_AGO,
        (KeyMaterial("ab" * 32, KEY_ID, 5, b"w"),), "Enabled", "", None, (), None, (), 0,
    ),
    YEAR_AGO, None, {}, (), (), 0,
)  # fmt: skip
TEST = ScreamTest("0123456789abcdef", NOW - 2 * 1_800_000, 30, 5, 50, "operator")
LONG_AGO = {"last_use": NOW - days(200)}


def against(changes: dict[str, Any], unseen: tuple[str, ...] = ()) -> list[str]:
    found = findings([HERE._replace(**changes)], unseen, 90, NOW)
    texts = [one.text for one in found if one.weight == Weight.AGAINST]
    assert is_deletable(found) == (not texts)
    return texts


def tallies(operation: str = "Decrypt", outcome: str = "done") -> dict[Counted, Count]:
    return {Counted(1, ACCOUNT, KEY, ALICE, operation, outcome): Count(3, 3, NOW - 5_000)}


def of(**changes: Any) -> dict[str, Any]:
    return {"key": HERE.key._replace(**changes)}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        LONG_AGO,
        {"tallies": tallies("DescribeKey")},
        of(scream_test=TEST),
        of(scream_test=TEST._replace(stopped_at=NOW)),
        of(deletion=Deletion(7, NOW)),
        {"key": HERE.key._replace(created_at=NOW - days(2)), "counted_since": NOW - days(10)},
        {**of(scream_test=TEST), "hits": None},
    ],
)
def test_nothing_speaks_against_a_key_that_nobody_uses(changes: dict[str, Any]) -> None:
    assert against(changes) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tallies": tallies()}, f"{ALICE}: Decrypt, done, 3 times"),
        *(({"tallies": tallies(outcome=outcome)}, f"Decrypt, {outcome}") for outcome in OUTCOMES),
        ({"counted_since": None}, "nothing tells how it is used"),
        ({"counted_since": NOW - days(89)}, "only known since"),
        ({"aliases": ("alias/a",)}, "alias/a names it"),
        ({"grantees": (ALICE,)}, f"a grant gives it to {ALICE}"),
        (of(scream_test=TEST._replace(minutes=120)), "runs until"),
        ({**of(scream_test=TEST), "hits": 7}, "has failed 7 calls"),
        (of(key_manager="AWS"), "AWS managed key"),
    ],
)
def test_what_speaks_against_it(changes: dict[str, Any], said: str) -> None:
    (text,) = against(changes)
    assert said in text


def test_a_region_of_the_key_that_cannot_be_looked_at_speaks_against_it() -> None:
    assert against({}, ("eu-west-1",)) == ["the key is there, and the region cannot be looked at"]


def test_what_cannot_be_known_is_said_unless_the_key_was_never_used() -> None:
    assert findings([HERE], (), 90, NOW)[-1].weight == Weight.FOR
    for changes in (LONG_AGO, {"counted_since": YEAR_AGO + 1}):
        assert findings([HERE._replace(**changes)], (), 90, NOW)[-1].weight == Weight.UNKNOWN  # type: ignore[arg-type]
    assert findings([HERE], ("eu-west-1",), 90, NOW)[-1].weight == Weight.UNKNOWN


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ("", []),
        ("[]", []),
        ('{"Statement":{"Effect":"Allow","Principal":"*"}}', ["*"]),
        ('{"Statement":[{"Effect":"Allow","Principal":{"AWS":["a","b"],"Service":"c"}}]}', ["a", "b", "c"]),
        ('{"Statement":[{"Effect":"Deny","Principal":{"AWS":"a"}}]}', []),
    ],
)
def test_principals_of_a_key_policy(policy: str, named: list[str]) -> None:
    assert principals_of(policy) == named


def test_those_that_the_key_policy_names_are_noted_without_the_account_itself() -> None:
    policy = f'{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":["arn:aws:iam::{ACCOUNT}:root","{ALICE}"]}}}}}}'
    notes = [one.text for one in findings([HERE._replace(**of(policy=policy))], (), 90, NOW) if "policy" in one.text]
    assert notes == [f"its key policy names {ALICE}"]
