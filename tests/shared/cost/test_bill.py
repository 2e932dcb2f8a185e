"""What things cost: AWS's own rules and figures, and sums that are exact."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cost.bill import FIELDS, bill, forecast, total, totals_by
from shared.cost.key_life import KeyLife, life_of
from shared.cost.month import month_named, month_of
from shared.cost.prices import ASYMMETRIC, DEFAULT, ECC_PAIR, MICRO, QUOTED, RSA_2048, RSA_PAIR, SYMMETRIC, class_of
from shared.keys.model import Deletion, Key, KeyMaterial
from shared.keys.times import days
from shared.usage.tally import DENIED, DONE, OUTCOMES, Count, Counted

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY_ID}"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
MONTH = month_named("2026-11")
LAST = MONTH.end - 1


def at(day: int, hour: int = 0, month: int = 11) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp() * 1000)


def requests(count: int, operation: str = "Decrypt", **changes: str) -> dict[Counted, Count]:
    counted = Counted(MONTH.start, ACCOUNT, KEY, ALICE, operation, DONE)._replace(**changes)  # type: ignore[arg-type]
    return {counted: Count(count, count, 0)}


def life(**changes: object) -> KeyLife:
    made = KeyLife(KEY, ACCOUNT, "SYMMETRIC_DEFAULT", "CUSTOMER", at(1, month=10))
    return made._replace(**changes)  # type: ignore[arg-type]


def dollars(tallies: dict[Counted, Count], *lives: KeyLife, hour: int = LAST) -> float:
    return total(bill(tallies, lives, MONTH, hour, DEFAULT)) / MICRO


def test_a_month_of_the_calendar() -> None:
    assert (MONTH.hours, month_named("2026-12").start) == (720, MONTH.end)
    assert month_named("2024-02").hours == 29 * 24
    assert month_of(at(30, 23)) == MONTH
    for name in ("2026", "2026-13", "2026-1", "november"):
        with pytest.raises(ValueError, match="no month"):
            month_named(name)


@pytest.mark.parametrize(
    ("operation", "spec", "detail", "expected"),
    [
        ("Encrypt", "SYMMETRIC_DEFAULT", "", SYMMETRIC),
        ("GenerateMac", "HMAC_256", "", SYMMETRIC),
        ("Sign", "RSA_2048", "", RSA_2048),
        ("Sign", "RSA_4096", "", ASYMMETRIC),
        ("Verify", "ECC_NIST_P256", "", ASYMMETRIC),
        ("GetPublicKey", "ECC_NIST_P256", "", ASYMMETRIC),
        ("DescribeKey", "ECC_NIST_P256", "", SYMMETRIC),
        ("Sign", "ML_DSA_65", "", ASYMMETRIC),
        ("GenerateDataKeyPair", "SYMMETRIC_DEFAULT", "ECC_NIST_P256", ECC_PAIR),
        ("GenerateDataKeyPairWithoutPlaintext", "SYMMETRIC_DEFAULT", "RSA_2048", RSA_PAIR),
        ("ListKeys", "", "", SYMMETRIC),
    ],
)
def test_classes_of_requests(operation: str, spec: str, detail: str, expected: str) -> None:
    assert class_of(operation, spec, detail) == expected


@pytest.mark.parametrize(
    ("count", "operation", "spec", "detail", "expected"),
    [
        # A key and 15,000 requests a month are $1.00; with 100,000 requests it is $1.24. Source: the arithmetic of
        # AWS's pricing page, (100,000 - 20,000) x $0.03 / 10,000.
        (15_000, "Decrypt", "SYMMETRIC_DEFAULT", "", 1.00),
        (100_000, "Decrypt", "SYMMETRIC_DEFAULT", "", 1.24),
        # "Key usage": per 10,000 requests; asymmetric keys and data key pairs are not in the free tier.
        (10_000, "Sign", "RSA_2048", "", 1.03),
        (10_000, "Sign", "ECC_NIST_P256", "", 1.15),
        (10_000, "GenerateDataKeyPair", "SYMMETRIC_DEFAULT", "ECC_NIST_P256", 1.10),
        (10_000, "GenerateDataKeyPair", "SYMMETRIC_DEFAULT", "RSA_3072", 13.00),
    ],
)
def test_a_key_for_a_month_and_its_requests(
    count: int, operation: str, spec: str, detail: str, expected: float
) -> None:
    assert dollars(requests(count, operation, detail=detail), life(spec=spec)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"created_at": at(16)}, 0.5),  # prorated hourly
        ({"rotations": (at(1, month=10),)}, 2.0),
        ({"rotations": (at(1, month=10), at(16))}, 2.5),
        ({"rotations": (1, 2, 3, 4)}, 3.0),  # "capped at the second rotation"
        ({"ended_at": at(16)}, 0.5),  # scheduled for deletion: no charge
        ({"ended_at": at(16, month=10)}, 0.0),
        ({"manager": "AWS"}, 0.0),
        ({"created_at": at(1, month=12)}, 0.0),
    ],
)
def test_what_keeping_a_key_costs(changes: dict[str, object], expected: float) -> None:
    assert dollars({}, life(**changes)) == expected


def test_each_region_of_a_key_is_a_key() -> None:
    assert dollars({}, life(), life(arn=KEY.replace("us-east-1", "eu-west-1"))) == 2.0


def test_a_canceled_deletion_counts_as_if_there_had_been_none() -> None:
    key = Key(
        ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", 5,
        (KeyMaterial("ab" * 32, KEY_ID, 5, b"w", rotated_at=None), KeyMaterial("cd" * 32, KEY_ID, 7, b"w", 7)),
        "PendingDeletion", "", None, (), None, (), 0, Deletion(7, at(16) + days(7)),
    )  # fmt: skip
    assert life_of(key, KEY, 1) == KeyLife(KEY, ACCOUNT, "SYMMETRIC_DEFAULT", "CUSTOMER", 5, (7,), at(16))
    assert life_of(key._replace(deletion=None), KEY, 1).ended_at is None
    assert life_of(key._replace(deletion=Deletion(7, None)), KEY, at(20)).ended_at == at(20)


def test_free_requests_are_of_an_account_and_the_first_of_the_month() -> None:
    first, later = requests(15_000), requests(15_000, hour=MONTH.start + 1, principal="later")  # type: ignore[arg-type]
    lines = bill(first | later, (), MONTH, LAST, DEFAULT)
    assert {line.principal: (line.quantity, line.free) for line in lines} == {
        ALICE: (15_000, 15_000),
        "later": (15_000, 5_000),
    }
    assert dollars(requests(20_000) | requests(20_000, account=OTHER)) == 0.0


def test_who_calls_pays_and_who_is_refused_does_not() -> None:
    (line,) = bill(requests(30_000, account=OTHER), (), MONTH, LAST, DEFAULT)
    assert (line.account, line.key, line.amount) == (OTHER, KEY, 30_000)
    assert not bill(requests(30_000, outcome=DENIED), (), MONTH, LAST, DEFAULT)


def test_a_forecast_is_a_straight_line() -> None:
    half = MONTH.start + MONTH.hours // 2 - 1
    counted, kept = requests(50_000), life(created_at=at(16))
    assert dollars(counted, kept, hour=half) == 0.09
    assert total(forecast(counted, [kept], MONTH, half, DEFAULT)) / MICRO == 0.24 + 0.5
    assert forecast(counted, [kept], MONTH, LAST, DEFAULT) == bill(counted, [kept], MONTH, LAST, DEFAULT)


COUNTED = st.builds(
    Counted,
    st.integers(MONTH.start - 2, MONTH.start + 2),
    st.sampled_from((ACCOUNT, OTHER)),
    st.sampled_from((KEY, "")),
    st.sampled_from((ALICE, "other")),
    st.sampled_from(("Encrypt", "Sign", "GenerateDataKeyPair")),
    st.sampled_from(OUTCOMES),
    st.sampled_from(("", "RSA_2048", "ECC_NIST_P256")),
)
TALLIES = st.dictionaries(COUNTED, st.builds(Count, st.just(0), st.integers(0, 30_000), st.just(0)), max_size=8)


@given(TALLIES, st.integers(MONTH.start, LAST), st.integers(0, at(30)))
def test_totals_are_the_sum_of_their_parts(tallies: dict[Counted, Count], hour: int, created_at: int) -> None:
    lines = bill(tallies, [life(created_at=created_at, spec="RSA_2048")], MONTH, hour, DEFAULT)
    for field in FIELDS:
        assert sum(totals_by(lines, field).values()) == total(lines)
    counted = sum(
        count.requests
        for counted, count in tallies.items()
        if counted.outcome == DONE and MONTH.start <= counted.hour < MONTH.end
    )
    assert sum(line.quantity for line in lines if line.what not in ("key", "rotation")) == counted
    assert all(0 <= line.free <= line.quantity for line in lines)


def test_a_forecast_goes_by_the_hours_in_which_requests_were_counted() -> None:
    half = MONTH.start + MONTH.hours // 2 - 1
    counted = requests(100_000)
    since_day_ten = MONTH.start + 9 * 24
    (line,) = forecast(counted, [], MONTH, half, DEFAULT, since_day_ten)
    assert line.quantity == 100_000 * (6 * 24 + 15 * 24) // (6 * 24)
    (line,) = forecast(counted, [], MONTH, half, DEFAULT, MONTH.start - 1)
    assert line.quantity == 200_000


def test_every_figure_is_what_the_page_is_quoted_with() -> None:
    figures = {"key_month": DEFAULT.key_month, "rotation_month": DEFAULT.rotation_month, **DEFAULT.requests}
    quoted = {name: float(re.findall(r"\$([0-9.]+)", QUOTED[name])[0]) for name in figures}
    assert quoted == {name: amount / MICRO for name, amount in figures.items()}
    assert f"{DEFAULT.free_requests:,}" in QUOTED["free_requests"]
    assert QUOTED.keys() == {*figures, "rotations_most", "free_requests"}
