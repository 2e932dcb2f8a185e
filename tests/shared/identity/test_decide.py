"""What happens when somebody wants an account, a user or an access key changed."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from shared.decision import Decision
from shared.errors import AlreadyExists, NotFound, ValidationFailed
from shared.events import AccessKeyCreated, AccountCreated, SigningKeysIssued, UserCreated
from shared.identifiers import access_key_id, account_stream, user_stream
from shared.identity import decide
from shared.identity.commands import CreateAccessKey, CreateAccount, CreateUser, IssueSigningKeys
from tests.shared.memory_view import MemoryView

Attempt: TypeAlias = Callable[[], Decision]

HOME = "us-east-1"
ACCOUNT = "111122223333"
ACCESS_KEY_ID = access_key_id(ACCOUNT, 7)
ACCOUNT_COMMAND = CreateAccount(HOME, ACCOUNT, "Example")
USER_COMMAND = CreateUser(HOME, ACCOUNT, "alice", "AIDAEXAMPLE")
ACCESS_KEY_COMMAND = CreateAccessKey(HOME, ACCOUNT, "alice", ACCESS_KEY_ID, b"wrapped")
ISSUE_COMMAND = IssueSigningKeys(
    HOME, ACCOUNT, ACCESS_KEY_ID, "20261124", 35, {"eu-west-1": b"sealed to eu", "ap-southeast-2": b"sealed to ap"}
)


def bootstrapped(peer: MemoryView | None = None) -> MemoryView:
    view = MemoryView(HOME)

    def follow(decision: Decision) -> None:
        view.apply(decision.events)
        if peer is not None:
            peer.apply(decision.shared_events, origin=HOME)

    follow(decide.create_account(ACCOUNT_COMMAND, view))
    follow(decide.create_user(USER_COMMAND, view))
    follow(decide.create_access_key(ACCESS_KEY_COMMAND, view))
    return view


def test_an_account_is_known_everywhere() -> None:
    decision = decide.create_account(ACCOUNT_COMMAND, MemoryView(HOME))
    assert decision.events == decision.shared_events == (AccountCreated(ACCOUNT, HOME, "Example"),)


def test_a_user_is_known_everywhere_and_rests_on_its_account() -> None:
    view = MemoryView(HOME)
    view.apply(decide.create_account(ACCOUNT_COMMAND, view).events)
    decision = decide.create_user(USER_COMMAND, view)
    assert decision.events == decision.shared_events == (UserCreated(ACCOUNT, "alice", "AIDAEXAMPLE"),)
    assert decision.rests_on == (account_stream(ACCOUNT),)


def test_the_secret_of_an_access_key_stays_at_home() -> None:
    view = MemoryView(HOME)
    view.apply(decide.create_account(ACCOUNT_COMMAND, view).events)
    view.apply(decide.create_user(USER_COMMAND, view).events)
    decision = decide.create_access_key(ACCESS_KEY_COMMAND, view)
    assert decision.events == (AccessKeyCreated(ACCOUNT, "alice", ACCESS_KEY_ID, b"wrapped"),)
    assert decision.shared_events == (AccessKeyCreated(ACCOUNT, "alice", ACCESS_KEY_ID, None),)
    assert decision.rests_on == (user_stream(ACCOUNT, "alice"),)


def test_signing_keys_travel_sealed_and_are_remembered_at_home() -> None:
    view = bootstrapped()
    decision = decide.issue_signing_keys(ISSUE_COMMAND, view)
    regions = ("ap-southeast-2", "eu-west-1")
    event = SigningKeysIssued(ACCOUNT, ACCESS_KEY_ID, "20261124", 35, regions)
    assert decision.events == (event,)
    assert decision.shared_events == (event._replace(sealed=dict(ISSUE_COMMAND.sealed)),)
    view.apply(decision.events)
    access_key = view.access_key(ACCESS_KEY_ID)
    assert access_key is not None
    assert access_key.issued == tuple((region, "20261124", 35) for region in regions)


def test_the_same_dates_are_issued_once() -> None:
    view = bootstrapped()
    view.apply(decide.issue_signing_keys(ISSUE_COMMAND, view).events)
    assert decide.issue_signing_keys(ISSUE_COMMAND, view).events == ()
    newcomer = ISSUE_COMMAND._replace(sealed={"sa-east-1": b"sealed"})
    assert decide.issue_signing_keys(newcomer, view).events
    assert decide.issue_signing_keys(ISSUE_COMMAND._replace(first_date="20261201"), view).events


def test_what_exists_is_not_made_again() -> None:
    view = bootstrapped()
    attempts: tuple[Attempt, ...] = (
        lambda: decide.create_account(ACCOUNT_COMMAND, view),
        lambda: decide.create_user(USER_COMMAND, view),
        lambda: decide.create_access_key(ACCESS_KEY_COMMAND, view),
    )
    for attempt in attempts:
        with pytest.raises(AlreadyExists):
            attempt()


def test_what_something_rests_on_must_be_there() -> None:
    empty, view = MemoryView(HOME), bootstrapped()
    attempts: tuple[Attempt, ...] = (
        lambda: decide.create_user(USER_COMMAND, empty),
        lambda: decide.create_access_key(ACCESS_KEY_COMMAND._replace(user_name="bob"), view),
        lambda: decide.issue_signing_keys(ISSUE_COMMAND._replace(access_key_id="AKIAOTHER"), view),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def test_an_access_keys_id_names_its_account() -> None:
    other = access_key_id("444455556666", 7)
    with pytest.raises(ValidationFailed, match=other):
        decide.create_access_key(ACCESS_KEY_COMMAND._replace(access_key_id=other), bootstrapped())


def test_identity_is_changed_at_home_alone() -> None:
    peer = MemoryView("eu-west-1")
    bootstrapped(peer)
    attempts: tuple[Attempt, ...] = (
        lambda: decide.create_user(USER_COMMAND._replace(region="eu-west-1", user_name="bob"), peer),
        lambda: decide.create_access_key(ACCESS_KEY_COMMAND._replace(region="eu-west-1"), peer),
        lambda: decide.issue_signing_keys(ISSUE_COMMAND._replace(region="eu-west-1"), peer),
    )
    for attempt in attempts:
        with pytest.raises(ValidationFailed) as refusal:
            attempt()
        assert refusal.value.message == f"Account {ACCOUNT} is changed in its home region, {HOME}"


@pytest.mark.parametrize("account", ["", "1", "11112222333a", "1111222233334"])
def test_an_account_id_is_twelve_digits(account: str) -> None:
    with pytest.raises(ValidationFailed):
        decide.create_account(ACCOUNT_COMMAND._replace(account=account), MemoryView(HOME))
