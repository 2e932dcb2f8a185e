"""One worker's request quotas, with a clock that is passed in."""

import pytest

from services.region_node.operations.request_quotas import REQUESTS_PER_SECOND
from services.region_node.requests.throttle import SOURCES_REMEMBERED, Throttle
from shared.errors import Throttled

NOW = 1_790_000_000_000
MESSAGE = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
ALICE, BOB = "111122223333", "444455556666"


def throttle(workers: int = 1, **per_second: int) -> Throttle:
    return Throttle({**REQUESTS_PER_SECOND, **per_second}, workers)


def passed(throttle: Throttle, operation: str, attempts: int, now: int = NOW, account: str = ALICE) -> int:
    """How many of `attempts` requests at once get through."""
    count = 0
    for _ in range(attempts):
        try:
            throttle.count(account, operation, {}, now)
        except Throttled:
            continue
        count += 1
    return count


def test_the_refusal_says_what_aws_says() -> None:
    shared = throttle(CreateKey=1)
    shared.count(ALICE, "CreateKey", {}, NOW)
    with pytest.raises(Throttled) as refusal:
        shared.count(ALICE, "CreateKey", {}, NOW)
    assert refusal.value.message == MESSAGE


@pytest.mark.parametrize(
    ("workers", "per_second", "at_once"), [(1, 5, 5), (2, 10, 5), (4, 5, 1), (5, 5, 1), (10, 5, 1)]
)
def test_a_worker_lets_its_share_through(workers: int, per_second: int, at_once: int) -> None:
    assert passed(throttle(workers, CreateKey=per_second), "CreateKey", 20) == at_once


def test_nobody_uses_up_what_others_need_to_sign_in() -> None:
    shared = throttle(STS=2)
    for _ in range(2):
        shared.count_unsigned("192.0.2.1", "STS", {}, NOW)
    with pytest.raises(Throttled):
        shared.count_unsigned("192.0.2.1", "STS", {}, NOW)
    shared.count_unsigned("192.0.2.2", "STS", {}, NOW)
    shared.count_unsigned("192.0.2.1", "STS", {}, NOW + 1_000)
    assert passed(shared, "STS", 9) == 2


def test_a_crowd_of_addresses_takes_a_bounded_memory() -> None:
    shared = throttle()
    for number in range(3 * SOURCES_REMEMBERED):
        shared.count_unsigned(f"192.0.2.{number}", "STS", {}, NOW)
    assert len(shared._of_sources._young) + len(shared._of_sources._old) <= 2 * SOURCES_REMEMBERED


def test_a_quota_is_an_accounts_own() -> None:
    shared = throttle(CreateKey=1)
    assert passed(shared, "CreateKey", 3) == 1
    assert passed(shared, "CreateKey", 3, account=BOB) == 1


def test_operations_have_quotas_of_their_own_but_cryptography_shares_one() -> None:
    shared = throttle(CreateKey=1, EnableKey=1, SYMMETRIC=3)
    assert (passed(shared, "CreateKey", 2), passed(shared, "EnableKey", 2)) == (1, 1)
    assert (passed(shared, "Encrypt", 2), passed(shared, "GenerateRandom", 2)) == (2, 1)


def test_every_custom_key_store_has_a_quota_of_its_own() -> None:
    shared = throttle(workers=2, CUSTOM_KEY_STORE=2)
    for key_store_id in ("cks-1", "cks-2"):
        shared.count_in_store(key_store_id, NOW)
        with pytest.raises(Throttled):
            shared.count_in_store(key_store_id, NOW)
    assert passed(shared, "Encrypt", 2) == 2


def test_a_replication_counts_as_two_creations_too() -> None:
    shared = throttle(CreateKey=5, ReplicateKey=5)
    assert passed(shared, "ReplicateKey", 5) == 2
    assert passed(shared, "CreateKey", 5) == 0


def test_time_lets_requests_through_again() -> None:
    shared = throttle(CreateKey=2)
    assert passed(shared, "CreateKey", 5) == 2
    assert passed(shared, "CreateKey", 5, NOW + 499) == 0
    assert passed(shared, "CreateKey", 5, NOW + 500) == 1
    assert passed(shared, "CreateKey", 5, NOW + 60_000) == 2


def test_what_is_refused_is_counted_by_quota() -> None:
    shared = throttle(CreateKey=2, EnableKey=1)
    passed(shared, "CreateKey", 5)
    passed(shared, "EnableKey", 2)
    assert {sample.labels: sample.value for sample in shared.refused.samples()} == {
        ("CreateKey",): 3,
        ("EnableKey",): 1,
    }
