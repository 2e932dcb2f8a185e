"""Names: what the id of an access key says of its account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers import access_key_id, account_of_access_key

ACCOUNTS = st.integers(0, 10**12 - 1).map("{:012}".format)


@given(ACCOUNTS, st.integers(0))
def test_an_access_keys_id_names_its_account(account: str, drawn: int) -> None:
    assert account_of_access_key(access_key_id(account, drawn)) == account


@given(ACCOUNTS, st.integers(0, 2**39 - 1), st.integers(0, 2**39 - 1))
def test_ids_differ_where_the_drawn_bits_do(account: str, one: int, other: int) -> None:
    assert (access_key_id(account, one) == access_key_id(account, other)) is (one == other)


def test_ids_are_read_as_those_of_aws() -> None:
    """Tal Be'ery, "A short note on AWS key id" (2023): the id of a temporary key and its account."""
    assert account_of_access_key("ASIAQNZGKIQY56JQ7WML") == "029608264753"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AKIA",
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA" + "q" * 16,
        "AKIA" + "Q" * 15,
        "AKIAQAAAAAAAAAAAAAA=",
        "AKIA" + "é" * 16,
    ]
    + ["AKIA" + "7" * 16, "AKIA" + "Q" * 17, "\0" * 20],
)
def test_what_is_no_id_names_no_account(text: str) -> None:
    assert account_of_access_key(text) is None
