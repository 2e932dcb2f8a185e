"""Access keys: who may have them, and where their secrets go."""

import pytest

from shared.decision import Decision
from shared.errors import KeytideError, NotFound, ValidationFailed
from shared.events import AccessKeyCreated, SigningKeysIssued
from shared.identifiers import access_key_id, account_stream
from shared.identity import decide_access_keys as decide
from shared.identity.account_events import AccessKeySecretGiven, access_key_secret_id
from shared.identity.commands import (
    CreateAccessKey,
    DeleteAccessKey,
    GiveSecret,
    IssueSigningKeys,
    UpdateAccessKey,
)
from shared.identity.errors import EntityAlreadyExists, IdentityLimitExceeded, NoSuchEntity, NotHome
from tests.shared.identity.examples import ACCESS_KEY_ID, ACCOUNT, HOME, PEER, THIRD, WHERE, Home, account_with_all
from tests.shared.memory_view import MemoryView

OTHER_ID = access_key_id(ACCOUNT, 8)
CREATE = CreateAccessKey(*WHERE, "alice", OTHER_ID, b"wrapped")
ISSUE = IssueSigningKeys(*WHERE, ACCESS_KEY_ID, "20261124", 35, {PEER: b"sealed to eu", THIRD: b"sealed to ap"})


def test_the_secret_stays_at_home() -> None:
    decision = decide.create_access_key(CREATE, account_with_all().view)
    assert decision.events == (AccessKeyCreated(ACCOUNT, "alice", OTHER_ID, b"wrapped", held_in=(HOME,)),)
    assert decision.shared_events == (AccessKeyCreated(ACCOUNT, "alice", OTHER_ID, held_in=(HOME,)),)
    assert decision.rests_on == (account_stream(ACCOUNT),)
    assert decision.answer == OTHER_ID


def test_the_stand_by_and_nobody_else_gets_it_sealed() -> None:
    home = Home(PEER)
    command = CreateAccessKey(*WHERE, "", ACCESS_KEY_ID, b"wrapped", {PEER: b"sealed"})
    (shared,) = home.do(decide.create_access_key, command).shared_events
    assert shared == AccessKeyCreated(ACCOUNT, "", ACCESS_KEY_ID, None, {PEER: b"sealed"}, held_in=(PEER, HOME))
    for region in (PEER, THIRD):
        view = MemoryView(region)
        view.apply([shared], HOME, {access_key_secret_id(ACCESS_KEY_ID): b"mine"} if region == PEER else {})
        known = view.access_key(ACCESS_KEY_ID)
        assert known is not None
        assert known.wrapped == (b"mine" if region == PEER else None)
    with pytest.raises(ValidationFailed, match="stand-by alone"):
        decide.create_access_key(command._replace(access_key_id=OTHER_ID, sealed={THIRD: b"sealed"}), home.view)


def test_it_comes_with_its_signing_keys() -> None:
    command = CREATE._replace(first_date="20261124", days=35, bundles={PEER: b"bundle"})
    decision = decide.create_access_key(command, account_with_all().view)
    issued = SigningKeysIssued(ACCOUNT, OTHER_ID, "20261124", 35, (PEER,))
    assert decision.events[1:] == (issued,)
    assert decision.shared_events[1:] == (issued._replace(sealed={PEER: b"bundle"}),)


@pytest.mark.parametrize(
    ("command", "refusal", "message"),
    [
        (CREATE._replace(user_name="bob"), NoSuchEntity, "The user with name bob cannot be found."),
        (CREATE._replace(access_key_id=ACCESS_KEY_ID), EntityAlreadyExists, f"Access key {ACCESS_KEY_ID} already"),
        (CREATE._replace(access_key_id=access_key_id("444455556666", 7)), ValidationFailed, "no access key id of"),
        (CREATE._replace(region=PEER), NotHome, f"is changed in its home region, {HOME}"),
        (CREATE._replace(account="444455556666"), NotFound, "does not exist"),
    ],
)
def test_what_is_no_new_access_key_is_refused(
    command: CreateAccessKey, refusal: type[KeytideError], message: str
) -> None:
    with pytest.raises(refusal, match=message):
        decide.create_access_key(command, account_with_all().view)


def test_a_user_has_two() -> None:
    home = account_with_all()
    home.do(decide.create_access_key, CREATE._replace(user_name="ALICE"))
    third = CREATE._replace(access_key_id=access_key_id(ACCOUNT, 9))
    with pytest.raises(IdentityLimitExceeded) as refusal:
        decide.create_access_key(third, home.view)
    assert refusal.value.message == "Cannot exceed quota for AccessKeysPerUser: 2"
    assert decide.create_access_key(third._replace(most=3), home.view).events


def test_root_and_services_have_access_keys_of_their_own() -> None:
    home = account_with_all()
    for number in range(2):
        command = CreateAccessKey(*WHERE, "", access_key_id(ACCOUNT, 20 + number), b"wrapped")
        home.do(decide.create_access_key, command)
        service = command._replace(access_key_id=access_key_id(ACCOUNT, 30 + number), service_principal="a.example")
        home.do(decide.create_access_key, service)
    with pytest.raises(IdentityLimitExceeded):
        decide.create_access_key(CreateAccessKey(*WHERE, "", OTHER_ID, b"wrapped"), home.view)
    service_id = access_key_id(ACCOUNT, 30)
    with pytest.raises(NoSuchEntity):
        decide.delete_access_key(DeleteAccessKey(*WHERE, "", service_id), home.view)
    assert decide.delete_access_key(DeleteAccessKey(*WHERE, "", service_id, "a.example"), home.view).events


def test_it_is_switched_off_and_on_everywhere() -> None:
    home = account_with_all()
    for status in ("Inactive", "Active"):
        home.do(decide.update_access_key, UpdateAccessKey(*WHERE, "alice", ACCESS_KEY_ID, status))
        known = home.peer.access_key(ACCESS_KEY_ID)
        assert known is not None
        assert known.status == status
    assert decide.update_access_key(UpdateAccessKey(*WHERE, "alice", ACCESS_KEY_ID, "Active"), home.view) == Decision(
        ()
    )
    with pytest.raises(ValidationFailed):
        decide.update_access_key(UpdateAccessKey(*WHERE, "alice", ACCESS_KEY_ID, "Expired"), home.view)


def test_it_goes_with_all_that_was_given_of_it() -> None:
    home = account_with_all()
    home.do(decide.issue_signing_keys, ISSUE)
    home.do(decide.delete_access_key, DeleteAccessKey(*WHERE, "alice", ACCESS_KEY_ID))
    assert home.view.access_key(ACCESS_KEY_ID) is None
    assert home.peer.access_key(ACCESS_KEY_ID) is None


@pytest.mark.parametrize("user_name", ["", "bob"])
def test_anothers_access_key_is_not_found(user_name: str) -> None:
    view = account_with_all().view
    with pytest.raises(NoSuchEntity):
        decide.delete_access_key(DeleteAccessKey(*WHERE, user_name, ACCESS_KEY_ID), view)
    with pytest.raises(NoSuchEntity):
        decide.update_access_key(UpdateAccessKey(*WHERE, user_name, ACCESS_KEY_ID, "Inactive"), view)


def test_signing_keys_travel_sealed_and_are_remembered_at_home() -> None:
    home = account_with_all()
    decision = home.do(decide.issue_signing_keys, ISSUE)
    event = SigningKeysIssued(ACCOUNT, ACCESS_KEY_ID, "20261124", 35, (THIRD, PEER))
    assert decision.events == (event,)
    assert decision.shared_events == (event._replace(sealed=dict(ISSUE.sealed)),)
    known = home.view.access_key(ACCESS_KEY_ID)
    assert known is not None
    assert known.issued == ((THIRD, "20261124", 35), (PEER, "20261124", 35))


def test_the_same_dates_are_issued_once() -> None:
    home = account_with_all()
    home.do(decide.issue_signing_keys, ISSUE)
    assert decide.issue_signing_keys(ISSUE, home.view) == Decision(())
    assert decide.issue_signing_keys(ISSUE._replace(sealed={"sa-east-1": b"sealed"}), home.view).events
    assert decide.issue_signing_keys(ISSUE._replace(first_date="20261201"), home.view).events
    with pytest.raises(NotFound):
        decide.issue_signing_keys(ISSUE._replace(access_key_id=OTHER_ID), home.view)


def test_a_new_stand_by_gets_the_secret_and_the_old_one_forgets_it() -> None:
    home = Home(PEER)
    command = CreateAccessKey(*WHERE, "", ACCESS_KEY_ID, b"wrapped", {PEER: b"sealed"})
    created = home.do(decide.create_access_key, command)
    old, new = MemoryView(PEER), MemoryView(THIRD)
    arrived = {access_key_secret_id(ACCESS_KEY_ID): b"mine"}
    old.apply(created.shared_events, HOME, arrived)
    new.apply(created.shared_events, HOME)
    given = [AccessKeySecretGiven(ACCOUNT, ACCESS_KEY_ID, (THIRD, HOME), {THIRD: b"sealed"})]
    old.apply(given, HOME)
    new.apply(given, HOME, arrived)
    home.view.apply([given[0]._replace(sealed=None)])
    secrets = [key.wrapped for view in (home.view, old, new) if (key := view.access_key(ACCESS_KEY_ID))]
    assert secrets == [b"wrapped", None, b"mine"]


def test_a_secret_is_given_once_and_to_the_stand_by() -> None:
    home = account_with_all()
    assert decide.give_secret(GiveSecret(*WHERE, ACCESS_KEY_ID, {}), home.view) == Decision(())
    with pytest.raises(ValidationFailed):
        decide.give_secret(GiveSecret(*WHERE, ACCESS_KEY_ID, {PEER: b"sealed"}), home.view)
