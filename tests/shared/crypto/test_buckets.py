"""Which bucket a secret lies in: a function of its binding, for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.buckets import BUCKETS_A_PARTITION, Buckets
from shared.identifiers import partition_of

ACCOUNTS = st.integers(0, 10**12 - 1).map("{:012}".format)
KINDS = st.sampled_from(("material", "access-key", "signing-keys", "key-store", "import-token", "session"))
NAMES = st.text(st.characters(codec="ascii", exclude_characters="/"), max_size=40)


@given(ACCOUNTS, KINDS, NAMES, st.integers(1, 32), st.integers(1, 20))
def test_a_bucket_lies_in_the_partition_of_its_account(
    account: str, kind: str, name: str, partitions: int, slots: int
) -> None:
    bucket = Buckets(partitions, partitions * slots).of(account, f"{kind}/{account}/{name}/more")
    assert bucket % partitions == partition_of(account, partitions)
    assert 0 <= bucket < partitions * slots


@given(ACCOUNTS, KINDS, NAMES, st.integers(1, 32))
def test_a_region_of_one_bucket_a_partition_wraps_all_under_it(
    account: str, kind: str, name: str, partitions: int
) -> None:
    bucket = Buckets(partitions, partitions).of(account, f"{kind}/{account}/{name}")
    assert bucket == partition_of(account, partitions)


@given(ACCOUNTS, NAMES)
def test_what_only_travels_never_shares_a_bucket_with_what_stands_in_a_log(account: str, name: str) -> None:
    buckets = Buckets(16, 16 * BUCKETS_A_PARTITION)
    last = range(16 * (BUCKETS_A_PARTITION - 1), 16 * BUCKETS_A_PARTITION)
    assert buckets.of(account, f"session/{account}/{name}") in last
    assert buckets.of(account, f"import-token/{account}/{name}") in last
    assert buckets.of(account, f"material/{account}/{name}/m") not in last


@given(ACCOUNTS, NAMES, NAMES)
def test_all_materials_of_a_key_share_its_bucket(account: str, name: str, material: str) -> None:
    buckets = Buckets(16, 16 * BUCKETS_A_PARTITION)
    one = buckets.of(account, f"material/{account}/{name}/{material}")
    assert one == buckets.of(account, f"material/{account}/{name}/another")


@pytest.mark.parametrize(
    ("name", "bucket"),
    [("1234abcd-12ab-34cd-56ef-1234567890ab", 180), ("mrk-1234abcd12ab34cd56ef1234567890ab", 148)],
)
def test_the_function_is_the_same_for_ever(name: str, bucket: int) -> None:
    account = "111122223333"
    assert Buckets(16, 16 * BUCKETS_A_PARTITION).of(account, f"material/{account}/{name}/{'ab' * 32}") == bucket
