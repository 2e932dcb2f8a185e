"""Accounts, their homes and their service control policies."""

import pytest

from shared.decision import Decision
from shared.errors import KeytideError, NotFound, ValidationFailed
from shared.events import AccountCreated
from shared.identifiers import account_stream
from shared.identity import decide_access_keys, decide_users
from shared.identity import decide_accounts as decide
from shared.identity.account_events import AccountHomeMoved, ServiceControlPolicyPut
from shared.identity.commands import (
    CreateAccessKey,
    CreateAccount,
    CreateUser,
    GiveSecret,
    MoveAccountHome,
    PutServiceControlPolicy,
    RemoveServiceControlPolicy,
    SetSynchronous,
    TakeAccountHome,
    UpdateStandBy,
)
from shared.identity.errors import (
    EntityAlreadyExists,
    IdentityLimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
    NotHome,
)
from shared.identity.model import Account, ServiceControl
from shared.identity.naming import service_control_stream
from tests.shared.identity.examples import ACCESS_KEY_ID, ACCOUNT, ALLOW, HOME, PEER, THIRD, WHERE, Home
from tests.shared.memory_view import MemoryView


def account(view: MemoryView) -> Account:
    state = view.state(account_stream(ACCOUNT))
    assert isinstance(state, Account)
    return state


def test_an_account_is_known_everywhere() -> None:
    decision = decide.create_account(CreateAccount(HOME, ACCOUNT, "Example"), MemoryView(HOME))
    assert decision.events == decision.shared_events == (AccountCreated(ACCOUNT, HOME, "Example"),)
    assert decision.answer == ACCOUNT


@pytest.mark.parametrize("number", ["", "1", "11112222333a", "1111222233334"])
def test_an_account_id_is_twelve_digits(number: str) -> None:
    with pytest.raises(ValidationFailed):
        decide.create_account(CreateAccount(HOME, number, "Example"), MemoryView(HOME))


@pytest.mark.parametrize("name", ["", "x" * 51, "two\nlines", "Ünlü"])
def test_a_name_is_one_that_an_account_may_have(name: str) -> None:
    with pytest.raises(ValidationFailed, match="name"):
        decide.create_account(CreateAccount(HOME, ACCOUNT, name), MemoryView(HOME))


def test_a_stand_by_has_the_name_of_a_region() -> None:
    with pytest.raises(ValidationFailed, match="'mars' is no region name"):
        decide.update_stand_by(UpdateStandBy(*WHERE, "mars"), Home().view)


def test_an_account_is_not_made_again() -> None:
    with pytest.raises(EntityAlreadyExists):
        decide.create_account(CreateAccount(HOME, ACCOUNT, "Example"), Home().view)


def test_a_home_is_not_its_own_stand_by() -> None:
    with pytest.raises(ValidationFailed, match="cannot be its stand-by"):
        decide.create_account(CreateAccount(HOME, ACCOUNT, "Example", HOME), MemoryView(HOME))
    with pytest.raises(ValidationFailed, match="cannot be its stand-by"):
        decide.update_stand_by(UpdateStandBy(*WHERE, HOME), Home().view)


def test_a_stand_by_is_chosen_and_taken_away() -> None:
    home = Home()
    home.do(decide.update_stand_by, UpdateStandBy(*WHERE, PEER))
    assert account(home.peer).stand_by_region == PEER
    assert decide.update_stand_by(UpdateStandBy(*WHERE, PEER), home.view) == Decision(())
    home.do(decide.update_stand_by, UpdateStandBy(*WHERE, None))
    assert account(home.peer).stand_by_region is None


def test_changes_of_an_account_are_made_to_wait_and_no_longer() -> None:
    home = Home(PEER)
    home.do(decide.set_synchronous, SetSynchronous(*WHERE, 2))
    assert account(home.view).synchronous_regions == account(home.peer).synchronous_regions == 2
    assert decide.set_synchronous(SetSynchronous(*WHERE, 2), home.view) == Decision(())
    home.do(decide.move_home, MoveAccountHome(*WHERE))
    assert account(home.peer).synchronous_regions == 2
    with pytest.raises(NotHome):
        decide.set_synchronous(SetSynchronous(*WHERE, 0), home.view)
    with pytest.raises(ValidationFailed, match="waits for 0 to 99 regions, not 100"):
        decide.set_synchronous(SetSynchronous(PEER, ACCOUNT, 100), home.peer)


def test_a_home_hands_over_to_its_stand_by_and_becomes_it() -> None:
    home = Home(PEER)
    home.do(decide.move_home, MoveAccountHome(*WHERE))
    for view in (home.view, home.peer):
        assert account(view)[1:6] == (PEER, "Example", view.time, 1, HOME)
    with pytest.raises(NotHome) as refusal:
        decide_users.create_user(CreateUser(*WHERE, "bob", "AIDABOB"), home.view)
    assert refusal.value.home_region == PEER
    assert decide_users.create_user(CreateUser(PEER, ACCOUNT, "bob", "AIDABOB"), home.peer).events


def test_a_home_without_a_stand_by_stays() -> None:
    with pytest.raises(ValidationFailed, match="no stand-by"):
        decide.move_home(MoveAccountHome(*WHERE), Home().view)


def test_a_home_moves_once_every_secret_is_there() -> None:
    home = Home(PEER)
    home.do(decide_access_keys.create_access_key, CreateAccessKey(*WHERE, "", ACCESS_KEY_ID, b"wrapped"))
    with pytest.raises(ValidationFailed, match=ACCESS_KEY_ID):
        decide.move_home(MoveAccountHome(*WHERE), home.view)
    home.do(decide_access_keys.give_secret, GiveSecret(*WHERE, ACCESS_KEY_ID, {PEER: b"sealed"}))
    assert decide.move_home(MoveAccountHome(*WHERE), home.view).events


def test_the_stand_by_takes_over_a_home_that_is_gone() -> None:
    home = Home(PEER)
    taken = decide.take_home(TakeAccountHome(PEER, ACCOUNT), home.peer)
    assert (
        taken.events
        == taken.shared_events
        == (AccountHomeMoved(ACCOUNT, PEER, 1, None, forced=True, former_region=HOME),)
    )
    home.peer.apply(taken.events)
    home.view.apply(taken.shared_events, origin=PEER)
    assert account(home.view)[1:6] == account(home.peer)[1:6] == (PEER, "Example", home.view.time, 1, None)
    assert decide.take_home(TakeAccountHome(PEER, ACCOUNT), home.peer) == Decision(())


def test_nobody_else_takes_a_home_over() -> None:
    with pytest.raises(ValidationFailed, match=f"Only {PEER}"):
        decide.take_home(TakeAccountHome(THIRD, ACCOUNT), Home(PEER).view)
    with pytest.raises(ValidationFailed, match="no stand-by"):
        decide.take_home(TakeAccountHome(PEER, ACCOUNT), Home().view)
    with pytest.raises(NotFound):
        decide.take_home(TakeAccountHome(PEER, "444455556666"), Home().view)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_greater_pair_wins_in_either_order(order: tuple[int, int]) -> None:
    moves = (
        AccountHomeMoved(ACCOUNT, PEER, 1, None, forced=True),
        AccountHomeMoved(ACCOUNT, THIRD, 1, HOME),
    )
    view = Home(PEER).view
    view.apply([moves[number] for number in order], origin=PEER)
    assert account(view)[1:6] == (PEER, "Example", view.time, 1, None)


def test_service_control_policies_stand_by_level_root_first() -> None:
    home = Home()
    for level, name in (("account", "a"), ("root", "z"), ("unit-2", "u"), ("root", "b")):
        home.do(decide.put_service_control_policy, PutServiceControlPolicy(*WHERE, level, name, ALLOW))
    home.do(decide.put_service_control_policy, PutServiceControlPolicy(*WHERE, "root", "b", ALLOW + " "))
    home.do(decide.remove_service_control_policy, RemoveServiceControlPolicy(*WHERE, "unit-2", "u"))
    state = home.peer.state(service_control_stream(ACCOUNT))
    assert state == ServiceControl(ACCOUNT, (("root", "b", ALLOW + " "), ("root", "z", ALLOW), ("account", "a", ALLOW)))


def test_the_last_service_control_policy_leaves_none() -> None:
    home = Home()
    home.do(decide.put_service_control_policy, PutServiceControlPolicy(*WHERE, "root", "a", ALLOW))
    home.do(decide.remove_service_control_policy, RemoveServiceControlPolicy(*WHERE, "root", "a"))
    assert home.view.state(service_control_stream(ACCOUNT)) is None


@pytest.mark.parametrize(
    ("level", "document", "refusal"),
    [
        ("nowhere", ALLOW, ValidationFailed),
        ("root", "{}", MalformedPolicyDocument),
        ("root", "[", MalformedPolicyDocument),
    ],
)
def test_a_service_control_policy_is_read_before_it_binds(
    level: str, document: str, refusal: type[KeytideError]
) -> None:
    with pytest.raises(refusal):
        decide.put_service_control_policy(PutServiceControlPolicy(*WHERE, level, "a", document), Home().view)


def test_a_level_has_five_service_control_policies() -> None:
    home = Home()
    home.view.apply(ServiceControlPolicyPut(ACCOUNT, "root", str(number), ALLOW) for number in range(5))
    with pytest.raises(IdentityLimitExceeded):
        decide.put_service_control_policy(PutServiceControlPolicy(*WHERE, "root", "a", ALLOW), home.view)
    assert decide.put_service_control_policy(PutServiceControlPolicy(*WHERE, "root", "4", ALLOW), home.view).events


def test_what_is_not_there_is_not_removed() -> None:
    with pytest.raises(NoSuchEntity):
        decide.remove_service_control_policy(RemoveServiceControlPolicy(*WHERE, "root", "a"), Home().view)


@pytest.mark.parametrize("name", ["", "two words", "x" * 129])
def test_a_service_control_policy_has_the_name_of_a_policy(name: str) -> None:
    with pytest.raises(ValidationFailed, match="name"):
        decide.put_service_control_policy(PutServiceControlPolicy(*WHERE, "root", name, ALLOW), Home().view)
