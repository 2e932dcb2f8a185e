"""Pages of a list: every item once, whatever the size, and markers that fit their own list alone."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.region_node.operations import pagination
from services.region_node.operations.pagination import Page, PageSize, page_of
from shared.errors import InvalidMarker

NAMES = st.lists(st.text(max_size=5).filter(bool), unique=True, max_size=30).map(sorted)


def page(names: list[str], marker: str | None, size: int, scope: str = "list", hidden: str = "") -> Page[str]:
    def behind(after: str) -> Iterator[str]:
        return (name for name in names if name > after)

    return page_of(scope, marker, size, behind, str, lambda name: name not in hidden)


@given(NAMES, st.integers(1, 7))
def test_every_item_is_on_one_page(names: list[str], size: int) -> None:
    found: list[str] = []
    marker: str | None = None
    while True:
        items, marker = page(names, marker, size)
        found += items
        assert len(items) == size or marker is None
        if marker is None:
            break
    assert found == names


def test_what_comes_and_goes_between_pages_shifts_no_other() -> None:
    first, marker = page(["b", "d", "f"], None, 2)
    assert (first, marker is not None) == (("b", "d"), True)
    assert page(["a", "c", "e", "f"], marker, 2) == (("e", "f"), None)


def test_a_page_that_hides_much_ends_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "MOST_PASSED", 3)
    names = list("abcdefg")
    empty, marker = page(names, None, 2, hidden="abcde")
    assert (empty, marker is not None) == ((), True)
    rest, marker = page(names, marker, 2, hidden="abcde")
    assert (rest, marker is not None) == (("f",), True)
    assert page(names, marker, 2, hidden="abcde") == (("g",), None)


@pytest.mark.parametrize("wrong", ["", "x", "!!!!", "AAAA", "é", "A" * 100])
def test_what_is_no_marker_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidMarker):
        page(["a"], wrong, 1)


def test_a_marker_of_another_list_is_refused() -> None:
    _, marker = page(["a", "b"], None, 1)
    with pytest.raises(InvalidMarker):
        page(["a", "b"], marker, 1, scope="another list")


@pytest.mark.parametrize(("limit", "size"), [(None, 50), (1, 1), (100, 100), (1000, 100)])
def test_a_greater_wish_gets_the_most(limit: int | None, size: int) -> None:
    assert PageSize(50, 100).of(limit) == size
