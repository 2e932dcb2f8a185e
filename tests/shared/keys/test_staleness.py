"""How old what a region knows of a key may be."""

import pytest

from shared.errors import InvalidTag
from shared.events import Tags
from shared.keys.model import Key
from shared.keys.staleness import (
    LIMIT_MOST,
    LIMIT_TAG,
    SILENCE_SECONDS,
    deciding_regions,
    limit_of,
    require_fresh,
    require_news,
)
from shared.keys.tags import require_tags
from shared.peer_errors import KeyStale, MaterialUnheard
from tests.shared.keys.examples import ACCOUNT, KEY_ID, SINGLE, view_with

HERE, PRIMARY, HOME = "eu-west-1", "us-east-1", "ap-southeast-2"
NOW = 1_000_000
HELD = view_with(SINGLE).key(ACCOUNT, KEY_ID)


def key(limit: str | None = None, primary: str | None = PRIMARY) -> Key:
    assert HELD is not None
    return HELD._replace(primary_region=primary, tags=() if limit is None else ((LIMIT_TAG, limit),))


@pytest.mark.parametrize(
    ("own", "regional", "limit"),
    [
        (None, None, None),
        (None, 60, 60),
        ("30", None, 30),
        ("30", 60, 30),
        ("90", 60, 60),
        ("soon", None, 0),
        ("soon", 60, 0),
    ],
)
def test_the_lower_limit_counts_and_one_that_cannot_be_read_lets_nothing_be_old(
    own: str | None, regional: int | None, limit: int | None
) -> None:
    assert limit_of(key(own), regional) == limit


@pytest.mark.parametrize("value", ["1", "300", str(LIMIT_MOST)])
def test_a_limit_is_whole_seconds(value: str) -> None:
    assert require_tags(((LIMIT_TAG, value),)) == ((LIMIT_TAG, value),)


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "1 hour", "+5", str(LIMIT_MOST + 1), "9" * 40, "٣"])
def test_a_limit_that_nobody_could_read_is_refused(value: str) -> None:
    with pytest.raises(InvalidTag, match=LIMIT_TAG):
        require_tags(((LIMIT_TAG, value),))


def test_other_tags_hold_what_they_like() -> None:
    tags: Tags = (("keytide:other", "soon"),)
    assert require_tags(tags) == tags


@pytest.mark.parametrize(
    ("primary", "home", "regions"),
    [
        (None, None, []),
        (None, HERE, []),
        (HERE, HERE, []),
        (PRIMARY, HERE, [PRIMARY]),
        (HERE, HOME, [HOME]),
        (None, HOME, [HOME]),
        (PRIMARY, PRIMARY, [PRIMARY]),
        (PRIMARY, HOME, [HOME, PRIMARY]),
    ],
)
def test_the_key_s_primary_and_its_account_s_home_decide(
    primary: str | None, home: str | None, regions: list[str]
) -> None:
    assert list(deciding_regions(key(primary=primary), home, HERE)) == regions


@pytest.mark.parametrize(
    ("primary_at", "home_at", "stale"),
    [
        (NOW, NOW, None),
        (NOW - 5_000, NOW - 5_000, None),
        (NOW - 5_001, NOW, PRIMARY),
        (NOW, NOW - 5_001, HOME),
        (0, NOW, PRIMARY),
        (NOW + 9_000, NOW, None),
    ],
)
def test_a_key_is_refused_once_one_of_them_was_not_heard_for_too_long(
    primary_at: int, home_at: int, stale: str | None
) -> None:
    at = {PRIMARY: primary_at, HOME: home_at}
    if stale is None:
        require_fresh(key(), HOME, HERE, 5, at.__getitem__, NOW)
        return
    with pytest.raises(KeyStale, match=f"not heard from {stale} for longer than the 5 seconds") as refused:
        require_fresh(key(), HOME, HERE, 5, at.__getitem__, NOW)
    assert (refused.value.code, refused.value.retryable) == ("KeyUnavailableException", True)


@pytest.mark.parametrize(
    ("primary", "heard", "refused"),
    [
        (None, 0, False),
        (HERE, 0, False),
        (PRIMARY, NOW - SILENCE_SECONDS * 1000, False),
        (PRIMARY, NOW - SILENCE_SECONDS * 1000 - 1, True),
        (PRIMARY, 0, True),
    ],
)
def test_material_may_be_unheard_where_the_primary_has_been_silent(
    primary: str | None, heard: int, refused: bool
) -> None:
    if not refused:
        require_news(key(primary=primary), HERE, lambda _: heard, NOW)
        return
    with pytest.raises(MaterialUnheard, match=PRIMARY):
        require_news(key(primary=primary), HERE, lambda _: heard, NOW)
