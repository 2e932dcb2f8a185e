"""An entity told as a whole is an entity of its account and its stream, or nothing; secrets are not in it."""

import pytest

from shared.fold import Fold
from shared.identifiers import access_key_stream, user_stream
from shared.identity.account_events import EntityRestated
from shared.identity.account_evolve import ACCOUNT_FOLDS
from shared.identity.events import UserDeleted
from shared.identity.model import AccessKey, Policy, PolicyVersion, Role, ServiceControl, SigningKeys, User
from shared.identity.naming import policy_stream, role_stream, service_control_stream
from shared.identity.restating import begun_anew, is_restatable, restated, restating
from tests.shared.identity.examples import ACCESS_KEY_ID, ACCOUNT, HOME, PEER

USER = User(ACCOUNT, "User", "AIDAUSER", 5, "/a/", (("k", "v"),))
STREAM = user_stream(ACCOUNT, "User")
OWN = SigningKeys("20260101", 35, b"own")
KEY = AccessKey(ACCOUNT, "user", ACCESS_KEY_ID, 5, b"wrapped", OWN, ((PEER, "20260101", 35),))
KEY_STREAM = access_key_stream(ACCOUNT, ACCESS_KEY_ID)
POLICY = Policy(ACCOUNT, "p", "ANPA1", 1, 2, 2, 3, (PolicyVersion(2, 1, "{}"),))


@pytest.mark.parametrize(
    ("stream", "state"),
    [
        (STREAM, USER),
        (policy_stream(ACCOUNT, "P"), POLICY),
        (role_stream(ACCOUNT, "r"), Role(ACCOUNT, "R", "AROA1", 1, "{}")),
        (service_control_stream(ACCOUNT), ServiceControl(ACCOUNT, (("root", "all", "{}"),))),
        (STREAM, None),
    ],
)
def test_what_a_home_says_is_what_it_holds(stream: str, state: object) -> None:
    assert restated(restating(ACCOUNT, stream, state)) == state


def test_of_an_access_key_every_region_keeps_its_own_secrets() -> None:
    event = restating(ACCOUNT, KEY_STREAM, KEY._replace(held_in=(HOME,)))
    assert b"wrapped" not in event.state
    assert b"own" not in event.state
    fold = ACCOUNT_FOLDS[EntityRestated]
    own = fold(KEY, event, Fold(HOME, 7))
    assert (own.wrapped, own.signing_keys, own.issued) == (b"wrapped", KEY.signing_keys, ())
    assert fold(KEY, event, Fold(PEER, 7, origin=HOME)).wrapped is None
    assert fold(None, event, Fold(PEER, 7, origin=HOME)).signing_keys is None


@pytest.mark.parametrize(
    "event",
    [
        EntityRestated(ACCOUNT, STREAM, b"junk"),
        EntityRestated(ACCOUNT, user_stream(ACCOUNT, "other"), restating(ACCOUNT, STREAM, USER).state),
        EntityRestated("444455556666", STREAM),
        EntityRestated(ACCOUNT, f"account/{ACCOUNT}"),
        EntityRestated(ACCOUNT, f"key/{ACCOUNT}/mrk-1234"),
    ],
)
def test_nothing_else_is_restated(event: EntityRestated) -> None:
    assert not is_restatable(event)
    with pytest.raises(ValueError, match=r"holds no entity|may hold|no user"):
        restated(event)


@pytest.mark.parametrize(
    ("stream", "state"),
    [
        (STREAM, USER._replace(attached=("nonsense",))),
        (policy_stream(ACCOUNT, "p"), POLICY._replace(default=9)),
        (service_control_stream(ACCOUNT), ServiceControl(ACCOUNT, (("nowhere", "all", "{}"),))),
    ],
)
def test_what_would_break_a_reader_is_no_entity(stream: str, state: object) -> None:
    with pytest.raises(ValueError, match="may hold"):
        restating(ACCOUNT, stream, state)


def test_a_frozen_stream_begins_anew_with_a_first_word_alone() -> None:
    whole, gone = restating(ACCOUNT, STREAM, USER), UserDeleted(ACCOUNT, "User")
    assert begun_anew((whole, gone)) == {STREAM}
    assert begun_anew((gone, whole)) == begun_anew(None) == frozenset()
