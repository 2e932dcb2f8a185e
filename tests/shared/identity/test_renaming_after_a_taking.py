"""A rename touches several streams; where one of them may be frozen in a region, each is told as a whole before it."""

import pytest

from shared.events import stream_of
from shared.identifiers import access_key_stream, user_stream
from shared.identity import decide_access_keys, decide_accounts, decide_users
from shared.identity.account_events import EntityRestated
from shared.identity.commands import CreateAccessKey, CreateUser, TakeAccountHome, UpdateUser
from shared.identity.restating import begun_anew
from tests.shared.identity.examples import ACCESS_KEY_ID, ACCOUNT, PEER, WHERE, Home

NAMES = ["eve", "ALICE"]


def home_with_a_user() -> Home:
    home = Home(PEER)
    home.do(decide_users.create_user, CreateUser(*WHERE, "alice", "AIDAALICE"))
    home.do(decide_access_keys.create_access_key, CreateAccessKey(*WHERE, "alice", ACCESS_KEY_ID, b"wrapped"))
    return home


@pytest.mark.parametrize("name", NAMES)
def test_after_a_take_over_no_stream_of_a_rename_rests_on_what_it_was(name: str) -> None:
    home = home_with_a_user()
    home.peer.apply(decide_accounts.take_home(TakeAccountHome(PEER, ACCOUNT), home.peer).events)
    renamed = decide_users.update_user(UpdateUser(PEER, ACCOUNT, "alice", name), home.peer)
    streams = {user_stream(ACCOUNT, "alice"), user_stream(ACCOUNT, name), access_key_stream(ACCOUNT, ACCESS_KEY_ID)}
    assert begun_anew(renamed.shared_events) == streams == {*map(stream_of, renamed.shared_events)}
    home.peer.apply(renamed.events)
    user, access_key = home.peer.state(user_stream(ACCOUNT, name)), home.peer.access_key(ACCESS_KEY_ID)
    assert user is not None
    assert access_key is not None
    assert access_key.user_name == name


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_told_anew_where_nobody_took_over(name: str) -> None:
    renamed = home_with_a_user().do(decide_users.update_user, UpdateUser(*WHERE, "alice", name))
    assert not [event for event in renamed.shared_events if isinstance(event, EntityRestated)]
