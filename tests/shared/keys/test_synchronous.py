"""Which regions have to have adopted a change before it is answered: the demands, and how several become one."""

import pytest

from shared.errors import InvalidTag
from shared.keys.synchronous import (
    ASYNCHRONOUS,
    SYNCHRONOUS_TAG,
    Synchronous,
    all_of,
    asked_by,
    require_demand,
    require_fulfillable,
)

HERE, ONE, OTHER = "us-east-1", "eu-west-1", "ap-southeast-2"


@pytest.mark.parametrize(
    ("value", "demand"),
    [
        ("1", Synchronous(1)),
        ("99", Synchronous(99)),
        ("007", None),
        ("02", Synchronous(2)),
        (ONE, Synchronous(0, frozenset((ONE,)))),
        (f"{ONE}  {OTHER}", Synchronous(0, frozenset((ONE, OTHER)))),
        ("", None),
        ("0", None),
        ("100", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("all", None),
        (f"1 {ONE}", None),
    ],
)
def test_a_tag_says_of_how_many_or_which_regions(value: str, demand: Synchronous | None) -> None:
    tags = ((SYNCHRONOUS_TAG, value),)
    assert asked_by(tags) == (demand or ASYNCHRONOUS)
    if demand is None:
        with pytest.raises(InvalidTag, match="takes a number from 1 to 99, or regions"):
            require_demand(tags)
    else:
        require_demand(tags)


def test_a_single_region_key_cannot_ask() -> None:
    require_fulfillable(((SYNCHRONOUS_TAG, "1"),), True)
    require_fulfillable((("another", "1"),), False)
    with pytest.raises(InvalidTag, match="is for multi-region keys"):
        require_fulfillable(((SYNCHRONOUS_TAG, "1"),), False)


def test_of_several_demands_all_have_to_be_met() -> None:
    named = Synchronous(0, frozenset((ONE,)))
    assert all_of(()) == ASYNCHRONOUS
    assert all_of((Synchronous(1), Synchronous(2), ASYNCHRONOUS)) == Synchronous(2)
    assert all_of((Synchronous(1), named, Synchronous(0, frozenset((OTHER,))))) == Synchronous(
        1, frozenset((ONE, OTHER))
    )


@pytest.mark.parametrize(
    ("demand", "adopted", "lacking"),
    [
        (ASYNCHRONOUS, set(), ()),
        (Synchronous(1), set(), ("1 of the other regions",)),
        (Synchronous(1), {HERE}, ("1 of the other regions",)),
        (Synchronous(1), {ONE}, ()),
        (Synchronous(2), {ONE}, ("1 of the other regions",)),
        (Synchronous(2), {ONE, OTHER}, ()),
        (Synchronous(0, frozenset((ONE, OTHER))), {OTHER}, (ONE,)),
        (Synchronous(0, frozenset((ONE, HERE))), {ONE}, ()),
        (Synchronous(2, frozenset((ONE,))), {ONE}, ("1 of the other regions",)),
        (Synchronous(1, frozenset((ONE,))), {OTHER}, (ONE,)),
    ],
)
def test_what_is_lacking_is_named(demand: Synchronous, adopted: set[str], lacking: tuple[str, ...]) -> None:
    assert demand.lacking(HERE, adopted) == lacking
