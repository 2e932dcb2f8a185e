"""Every change that somebody can ask for has words, and is done again by the decision of its request or refused."""

from typing import Any

import pytest

from services.region_node.overtaken.account_words import _WORDS, said_of_account
from shared.identity import account_events as a
from shared.identity import events as e
from shared.identity import policy_events as p
from shared.identity.again import _AGAIN, AtHome, done_again
from shared.identity.commands import CreateGroup, CreateUser
from shared.identity.decide_groups import create_group
from shared.identity.decide_users import create_user
from shared.identity.errors import EntityAlreadyExists, NoSuchEntity
from shared.identity.overtaken import ASKED_FOR
from shared.keys.errors import NotDoneAgain
from tests.shared.identity.examples import ACCESS_KEY_ID, ACCOUNT, ALLOW, HOME, WHERE, Home

TRUST = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}}'
PLACE = AtHome(HOME, ACCOUNT)
COMPANIONS = {e.UserTookName, a.AccessKeyOwnerRenamed}
"""What stands in the record of another change alone."""


def with_bob() -> Home:
    home = Home()
    home.do(create_user, CreateUser(*WHERE, "bob", "AIDABOB"))
    home.do(create_group, CreateGroup(*WHERE, "team", "AGPATEAM"))
    return home


def test_the_tables_know_every_change_that_can_be_overtaken() -> None:
    assert {*_AGAIN} | COMPANIONS == ASKED_FOR == {*_WORDS}


@pytest.mark.parametrize(
    "event",
    [
        e.UserUpdated(ACCOUNT, "Bob", "/b/"),
        e.UserDeleted(ACCOUNT, "bob"),
        e.UserAddedToGroup(ACCOUNT, "bob", "AGPATEAM"),
        e.GroupUpdated(ACCOUNT, "AGPATEAM", "squad", "/a/"),
        e.GroupDeleted(ACCOUNT, "AGPATEAM"),
        e.RoleCreated(ACCOUNT, "r", "AROAR", TRUST),
        e.UserCreated(ACCOUNT, "carol", "AIDACAROL", "/", (("k", "v"),)),
        a.ServiceControlPolicyPut(ACCOUNT, "root", "all", ALLOW),
        a.AccountSynchronousSet(ACCOUNT, 1),
        p.InlinePolicyPut(ACCOUNT, "user/bob", "all", ALLOW),
        p.InlinePolicyPut(ACCOUNT, "group/AGPATEAM", "all", ALLOW),
        p.EntityTagged(ACCOUNT, "user/bob", (("k", "v"),)),
        p.PolicyCreated(ACCOUNT, "pol", "ANPAPOL", ALLOW),
        e.OidcProviderCreated(ACCOUNT, "issuer.example.com", ("app",), ()),
    ],
)
def test_the_same_change_comes_of_it(event: Any) -> None:
    assert done_again((event,), PLACE, with_bob().view).events == (event,)
    assert said_of_account((event,))


def test_a_new_name_is_one_change() -> None:
    home = with_bob()
    taken = e.UserTookName(ACCOUNT, "rob", "AIDABOB", home.view.time, "/")
    said = (e.UserDeleted(ACCOUNT, "bob", "rob"), taken)
    assert done_again(said, PLACE, home.view).events == said


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (e.UserCreated(ACCOUNT, "bob", "AIDAOTHER"), EntityAlreadyExists),
        (e.UserDeleted(ACCOUNT, "nobody"), NoSuchEntity),
        (e.GroupDeleted(ACCOUNT, "AGPANONE"), NoSuchEntity),
        (p.EntityTagged(ACCOUNT, "role/none", (("k", "v"),)), NoSuchEntity),
        (p.PolicyDeleted(ACCOUNT, "none"), NoSuchEntity),
        (a.AccessKeyStatusUpdated(ACCOUNT, ACCESS_KEY_ID, "Inactive"), NoSuchEntity),
        (a.AccessKeyCreated(ACCOUNT, "bob", ACCESS_KEY_ID), NotDoneAgain),
    ],
)
def test_it_is_refused_for_what_its_request_would_be_refused_for(event: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        done_again((event,), PLACE, with_bob().view)
