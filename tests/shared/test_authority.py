"""A peer changes what is its own and nothing else: the rule as a table."""

import pytest

from shared import events as e
from shared.authority import overreach
from shared.events import stream_of
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.grants.events import GrantCreated, GrantRevoked
from shared.identifiers import account_stream

ACCOUNT, KEY = "111122223333", "mrk-" + "0" * 32
OWN, OTHER = "eu-west-1", "us-east-1"
FOLD = Fold(OTHER, 1)
MATERIAL = e.MaterialBorn("ab" * 32, KEY, 1)


def key_of(region: str | None) -> e.KeyCreated:
    return e.KeyCreated(ACCOUNT, KEY, materials=(MATERIAL,), primary_region=region)


def replicated(region: str) -> e.KeyReplicated:
    return e.KeyReplicated(ACCOUNT, KEY, "S", "E", "A", (MATERIAL,), region, (OTHER,), OTHER)


def refusal(event: e.Event, before: State | None, account: State | None, *, readable: bool = True) -> str:
    others = {account_stream(ACCOUNT): account}
    return overreach(OWN, {stream_of(event): before}, (event,) if readable else None, others.get)


def state(event: e.Event) -> State | None:
    return evolve(None, event, FOLD)


ACCOUNT_OF_OWN, ACCOUNT_OF_OTHER = (state(e.AccountCreated(ACCOUNT, region, "n")) for region in (OWN, OTHER))
USER = e.UserCreated(ACCOUNT, "user", "AIDA")
GRANTED = GrantCreated(ACCOUNT, KEY, "ab" * 32, 1, ACCOUNT, ("Decrypt",))
ACCESS_KEY = e.AccessKeyCreated(ACCOUNT, "user", "AKIA")


@pytest.mark.parametrize(
    ("event", "before", "account"),
    [
        (key_of(OWN), None, ACCOUNT_OF_OTHER),
        (replicated(OWN), state(key_of(OWN)), None),
        (e.AccountCreated(ACCOUNT, OWN, "n"), None, None),
        (USER, None, ACCOUNT_OF_OWN),
        (ACCESS_KEY, None, ACCOUNT_OF_OWN),
    ],
)
def test_a_region_changes_what_is_its_own(event: e.Event, before: State | None, account: State | None) -> None:
    assert refusal(event, before, account) == ""


@pytest.mark.parametrize(
    ("event", "before", "account"),
    [
        (key_of(OTHER), None, None),
        (key_of(None), None, None),
        (key_of(OWN), state(key_of(OTHER)), None),
        (key_of(OWN), state(key_of(None)), None),
        (replicated(OWN), state(key_of(OTHER)), None),
        (e.KeyDisabled(ACCOUNT, KEY), state(key_of(None)), None),
        (e.AccountCreated(ACCOUNT, OTHER, "n"), None, None),
        (e.AccountCreated(ACCOUNT, OWN, "n"), ACCOUNT_OF_OTHER, ACCOUNT_OF_OTHER),
        (USER, None, ACCOUNT_OF_OTHER),
        (USER, None, None),
        (ACCESS_KEY, None, ACCOUNT_OF_OTHER),
        (e.AliasCreated(ACCOUNT, "alias/a", KEY), None, ACCOUNT_OF_OWN),
        (GRANTED, None, ACCOUNT_OF_OWN),
        (GrantRevoked(ACCOUNT, KEY, "ab" * 32), state(GRANTED), ACCOUNT_OF_OWN),
        (e.PeerAdmitted("ap-southeast-2", b"card"), None, None),
    ],
)
def test_a_region_does_not_change_what_is_anothers(event: e.Event, before: State | None, account: State | None) -> None:
    assert refusal(event, before, account)


def test_what_cannot_be_read_freezes_no_stream_of_another() -> None:
    assert refusal(key_of(OWN), state(key_of(OTHER)), None, readable=False)
    assert not refusal(key_of(OWN), state(key_of(OWN)), None, readable=False)
