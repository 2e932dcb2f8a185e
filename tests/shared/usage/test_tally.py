"""What is counted of an audit entry, and that no order of putting together changes a total."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.entry import FORM, AuditEntry, Identity
from shared.usage import tally
from shared.usage.report import is_principal, key_id_of, totals, uses
from shared.usage.tally import Count, Counted, add, counts_of, merged

ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
HOUR = 3_600_000
TIME = 490_000 * HOUR + 17
USER = Identity("IAMUser", ACCOUNT, ALICE, "AIDAEXAMPLE", "AKIAEXAMPLE")
SESSION = Identity(
    "AssumedRole", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/backup/tonight", "AROA:tonight", "ASIA", ROLE, 1
)


def entry(operation: str = "Encrypt", **changes: Any) -> AuditEntry:
    fields: dict[str, Any] = {
        "form": FORM, "time": TIME, "service": "kms", "operation": operation, "identity": USER, "request_id": "r",
        "source_address": "192.0.2.1", "user_agent": "", "secure": True, "parameters": None, "response": None,
        "additional": None, "resources": (KEY,), "error": None, "changes": False, "waited": True,
    }  # fmt: skip
    return AuditEntry(**fields | changes)


def test_a_call_is_counted_in_its_hour_under_its_caller_and_its_key() -> None:
    assert [*counts_of(entry())] == [(Counted(490_000, ACCOUNT, KEY, ALICE, "Encrypt", tally.DONE), Count(1, 1, TIME))]


def test_a_session_is_counted_under_its_role() -> None:
    ((counted, _),) = counts_of(entry(identity=SESSION))
    assert counted.principal == ROLE


def test_a_call_with_two_keys_is_a_use_of_both_and_one_request() -> None:
    counts = dict(counts_of(entry("ReEncrypt", resources=(KEY, OTHER_KEY))))
    assert {counted.key: count[:2] for counted, count in counts.items()} == {KEY: (1, 1), OTHER_KEY: (1, 0)}


def test_a_call_without_a_key_is_a_request_and_no_use() -> None:
    counts = dict(counts_of(entry("GenerateRandom", resources=())))
    assert [count.requests for count in counts.values()] == [1]
    assert not uses(counts)


def test_an_alias_is_no_key() -> None:
    alias = KEY.partition("key/")[0] + "alias/a"
    assert [counted.key for counted, _ in counts_of(entry("UpdateAlias", resources=(alias, KEY)))] == [KEY]


def test_a_data_key_pair_is_counted_with_its_spec() -> None:
    ((counted, _),) = counts_of(entry("GenerateDataKeyPair", parameters={"KeyPairSpec": "RSA_2048"}))
    assert counted.detail == "RSA_2048"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "done"),
        ({"error": ("AccessDeniedException", "no")}, "denied"),
        ({"error": ("DisabledException", "no")}, "refused"),
        ({"error": ("KMSInternalException", "fault")}, "failed"),
        ({"error": ("KMSInvalidStateException", "no")}, "refused"),
        ({"error": ("KMSInvalidStateException", "no"), "additional": {"ScreamTest": {"Test": "t"}}}, "browned out"),
    ],
)
def test_outcomes(changes: dict[str, Any], outcome: str) -> None:
    ((counted, _),) = counts_of(entry(**changes))
    assert counted.outcome == outcome
    assert bool(uses(dict(counts_of(entry(**changes))))) == (outcome == "done")


@pytest.mark.parametrize("changes", [{"service": "iam"}, {"identity": None}])
def test_other_services_and_the_region_itself_are_not_counted(changes: dict[str, Any]) -> None:
    assert not [*counts_of(entry(**changes))]


COUNTED = st.builds(
    Counted,
    st.integers(0, 3),
    st.sampled_from((ACCOUNT, "444455556666")),
    st.sampled_from((KEY, OTHER_KEY, "")),
    st.sampled_from((ALICE, ROLE)),
    st.sampled_from(("Encrypt", "DescribeKey")),
    st.sampled_from(tally.OUTCOMES),
)
COUNTS = st.builds(Count, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
TALLIES = st.dictionaries(COUNTED, COUNTS, max_size=5)


@given(TALLIES, TALLIES, TALLIES)
def test_putting_together_is_associative_and_commutative(
    one: dict[Counted, Count], two: dict[Counted, Count], three: dict[Counted, Count]
) -> None:
    assert merged([one, two]) == merged([two, one])
    assert merged([merged([one, two]), three]) == merged([one, merged([two, three])])
    assert merged([one]) == one


@given(TALLIES, st.lists(st.sampled_from(("account", "key", "principal", "operation", "outcome", "region", "key_id"))))
def test_totals_by_whatever_add_up_to_the_whole(tallies: dict[Counted, Count], columns: list[str]) -> None:
    found = totals(tallies, columns)
    assert sum(count.uses for count in found.values()) == sum(count.uses for count in tallies.values())
    assert sum(count.requests for count in found.values()) == sum(count.requests for count in tallies.values())


def test_the_last_use_is_the_later_one() -> None:
    total: dict[Counted, Count] = {}
    counted = Counted(0, ACCOUNT, KEY, ALICE, "Encrypt", tally.DONE)
    for last in (5, 9, 7):
        add(total, counted, Count(1, 1, last))
    assert total == {counted: Count(3, 3, 9)}


@pytest.mark.parametrize(
    ("named", "principal", "covers"),
    [
        (ALICE, ALICE, True),
        (ALICE, ROLE, False),
        (ACCOUNT, ALICE, True),
        (f"arn:aws:iam::{ACCOUNT}:root", ROLE, True),
        ("arn:aws:iam::444455556666:root", ROLE, False),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/backup/tonight", ROLE, True),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/other/tonight", ROLE, False),
        ("arn:aws:sts::444455556666:assumed-role/backup/tonight", ROLE, False),
        ("backup.example.com", ALICE, False),
    ],
)
def test_whom_a_grantee_s_name_covers(named: str, principal: str, covers: bool) -> None:
    assert is_principal(named, principal) == covers


def test_all_regions_of_a_key_have_one_key_id() -> None:
    assert key_id_of(KEY) == key_id_of(KEY.replace("us-east-1", "eu-west-1"))
