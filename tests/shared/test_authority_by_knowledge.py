"""Whether a region may speak of a key hangs on what it had heard itself, not on what its reader has heard already."""

import pytest

from shared import events as e
from shared.event_codec import encode_events
from shared.here import Standing
from shared.keys.model import Key, SharedChange
from tests.shared.standings import (
    ASKED,
    ENDED,
    GOES,
    HANDED_OVER,
    HERE,
    OF_THE_PRIMARY,
    OWN,
    REPLICA,
    THIRD,
    TOLD,
    beside_key,
    refusal,
    replicated,
)

GIVEN = (THIRD, 5, replicated(THIRD, OWN))
LEFT = (OWN, 7, GOES)
GIVEN_AGAIN = (THIRD, 8, replicated(THIRD, OWN))


def after(*said: tuple[str, int, e.Event]) -> Standing:
    """A replica of the speaker's, of which so much is remembered, in this order: by whom, number, event."""
    key = REPLICA.state
    assert isinstance(key, Key)
    history = (SharedChange(region, number, 0, 0, encode_events((event,))) for region, number, event in said)
    return Standing(key._replace(history=tuple(history)), begun=True)


@pytest.mark.parametrize("event", [GOES, TOLD, ASKED, ENDED], ids=lambda event: type(event).__name__)
@pytest.mark.parametrize(
    ("key", "adopted", "may"),
    [
        (after(), 0, True),
        (after(GIVEN), 5, True),
        (after(GIVEN), 4, False),
        (after(LEFT), 9, False),
        (after(GIVEN, LEFT), 7, False),
        (after(GIVEN, LEFT, GIVEN_AGAIN), 7, False),
        (after(GIVEN, LEFT, GIVEN_AGAIN), 8, True),
        (after(GIVEN, LEFT, GIVEN_AGAIN, (OWN, 9, GOES)), 8, False),
    ],
)
def test_a_region_speaks_of_a_key_as_long_as_it_has_it_by_what_it_knew_itself(
    event: e.Event, key: Standing, adopted: int, may: bool
) -> None:
    assert (beside_key(event, key, {THIRD: adopted}) == "") is may


def test_a_region_that_let_go_while_it_was_made_the_primary_says_nothing_as_that() -> None:
    key = HANDED_OVER.state
    assert isinstance(key, Key)
    history = (SharedChange(OWN, 7, 0, 0, encode_events((GOES,))),)
    gone = Standing(key._replace(history=history), begun=True)
    for event in OF_THE_PRIMARY:
        assert refusal(event, before=HANDED_OVER) == ""
        assert refusal(event, before=gone)


@pytest.mark.parametrize("event", [GOES, TOLD, ASKED, ENDED], ids=lambda event: type(event).__name__)
def test_a_gift_that_is_overtaken_makes_no_stranger_of_a_region_that_has_the_key_without_it(event: e.Event) -> None:
    key = after(GIVEN).state
    assert isinstance(key, Key)
    promoted = key._replace(primary_region=HERE, epoch=1, chain=((0, THIRD, 4),))
    assert beside_key(event, Standing(promoted, begun=True), {THIRD: 4}) == ""
    stray = promoted._replace(replica_regions=())
    assert beside_key(event, Standing(stray, begun=True), {THIRD: 4})
    assert beside_key(event, Standing(stray, begun=True), {THIRD: 5}) == ""


def test_a_region_is_given_the_key_once_more_where_its_primary_stands_on_two_grounds() -> None:
    key = HANDED_OVER.state
    assert isinstance(key, Key)
    by_third, by_here = (SharedChange(one, 0, 0, 0, b"", (1, OWN)) for one in (THIRD, HERE))
    for grounds, may in (((by_third,), False), ((by_third, by_here), True)):
        standing = Standing(key._replace(history=grounds, chain=((0, THIRD, 0),)), begun=True)
        assert (refusal(replicated(OWN, THIRD), before=standing) == "") is may
