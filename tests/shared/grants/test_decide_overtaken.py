"""Grants of an overtaken record: which they are, and whether they were given again."""

import pytest

from shared.grants.decide_overtaken import drop_grants, give_grants_again, overtaken_grants, were_given_again
from shared.grants.events import GrantShared, SharedGrantEnded
from shared.grants.model import OF_THE_WHOLE_KEY, Grant
from shared.identifiers import key_stream, shared_grant_stream
from shared.keys.errors import NotDoneAgain, NothingOvertaken
from shared.keys.model import Key
from tests.shared.keys.examples import ACCOUNT, ALICE, MULTI, REGION, Family
from tests.shared.memory_view import MemoryView

HERE = "eu-west-1"
GRANT_ID = "ab" * 32
LOST, AGAIN = (0, REGION, 8), (1, HERE, 1)


def view_with_grant(*given_in: tuple[int, str, int]) -> tuple[MemoryView, Key]:
    """The key's primary is here by force, on top of the former one's record 7."""
    family = Family(MULTI, HERE)
    view, name = family.views[HERE], family.name(HERE)
    key = family.key(HERE)._replace(primary_region=HERE, epoch=1, chain=((0, REGION, 7),), shares_grants=True)
    shared = GrantShared(ACCOUNT, name.key_id, GRANT_ID, ACCOUNT, ("Decrypt",), grantee_principal=ALICE)
    fields = {**shared._asdict(), "created_at": 1_700_000_000_000}
    view.states[key_stream(ACCOUNT, name.key_id)] = key
    view.states[shared_grant_stream(ACCOUNT, name.key_id, GRANT_ID)] = Grant(
        **fields, key_created_at=OF_THE_WHOLE_KEY, given_in=given_in
    )
    return view, key


def test_a_grant_of_a_lost_record_is_given_again_or_ended_for_ever() -> None:
    view, key = view_with_grant(LOST)
    name = Family(MULTI).name(HERE)
    assert list(overtaken_grants(view, key)) == [LOST[1:]]
    (given,) = give_grants_again(name, REGION, 8, view).events
    (ended,) = drop_grants(name, REGION, 8, view).events
    assert (type(given), type(ended)) == (GrantShared, SharedGrantEnded)


def test_a_grant_of_a_lost_record_is_open_although_what_had_grants_in_common_is_lost_too() -> None:
    view, key = view_with_grant(LOST)
    name = Family(MULTI).name(HERE)
    alone = key._replace(shares_grants=False)
    view.states[key_stream(ACCOUNT, name.key_id)] = alone
    assert list(overtaken_grants(view, alone)) == [LOST[1:]]
    with pytest.raises(NotDoneAgain, match="have no grants in common: what had them so is overtaken, too"):
        give_grants_again(name, REGION, 8, view)
    assert [type(event) for event in drop_grants(name, REGION, 8, view).events] == [SharedGrantEnded]


def test_what_was_given_again_is_open_no_more() -> None:
    view, _ = view_with_grant(LOST, AGAIN)
    with pytest.raises(NothingOvertaken):
        give_grants_again(Family(MULTI).name(HERE), REGION, 8, view)


@pytest.mark.parametrize(
    ("given_in", "number", "again"),
    [((LOST, AGAIN), 8, True), ((LOST,), 8, False), ((LOST, AGAIN), 9, False), (((0, REGION, 7), AGAIN), 7, False)],
    ids=["again", "still open", "another record", "never lost"],
)
def test_it_is_remembered_that_a_lost_record_was_made_good(
    given_in: tuple[tuple[int, str, int], ...], number: int, again: bool
) -> None:
    view, key = view_with_grant(*given_in)
    assert were_given_again(view, key, REGION, number) is again
