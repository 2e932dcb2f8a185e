"""What the id of a multi-region key says of where it was born."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.birthplace import DRAWN_BYTES, may_be_born, multi_region_key_id
from shared.identifiers import KEY_ID_PATTERN, REGION_PATTERN

DRAWN = st.binary(min_size=DRAWN_BYTES, max_size=DRAWN_BYTES)
REGIONS = st.from_regex(REGION_PATTERN, fullmatch=True)


@given(REGIONS, REGIONS, DRAWN)
def test_a_key_is_born_in_one_region(region: str, other: str, drawn: bytes) -> None:
    key_id = multi_region_key_id(region, drawn)
    assert KEY_ID_PATTERN.fullmatch(key_id)
    assert may_be_born(key_id, region)
    assert may_be_born(key_id, other) is (other == region)


def test_the_form_stays_for_ever() -> None:
    assert multi_region_key_id("eu-west-1", bytes(range(8))) == "mrk-000102030405060738deebf557792e35"


@pytest.mark.parametrize(
    "key_id",
    [
        "mrk-1234abcd12ab34cd56ef1234567890ab",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "mrk-00",
        "mrk-",
        "",
        "mrk-" + "é" * 32,
    ],
)
def test_what_is_not_bound_says_nothing(key_id: str) -> None:
    assert may_be_born(key_id, "eu-west-1")


@given(DRAWN)
def test_a_bound_id_without_its_prefix_is_none(drawn: bytes) -> None:
    assert may_be_born(multi_region_key_id("eu-west-1", drawn).removeprefix("mrk-"), "us-east-1")
