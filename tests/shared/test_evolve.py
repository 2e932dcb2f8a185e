"""The fold of events into state, here and in a region that adopts them."""

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.evolve import _FOLDS, evolve
from shared.fold import BrokenHistory, Fold
from shared.identity.model import AccessKey, Account, Peer, SigningKeys, User
from shared.keys.model import Key, KeyMaterial

ACCOUNT = "111122223333"
KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
MATERIAL = e.MaterialBorn("ab" * 32, KEY_ID, 5, wrapped=b"wrapped here")
CREATED = e.KeyCreated(
    ACCOUNT,
    KEY_ID,
    "SYMMETRIC_DEFAULT",
    "ENCRYPT_DECRYPT",
    "AWS_KMS",
    (MATERIAL,),
    "us-east-1",
    "text",
    "{}",
    (("a", "1"),),
)
REPLICATED = e.KeyReplicated(
    ACCOUNT,
    KEY_ID,
    "SYMMETRIC_DEFAULT",
    "ENCRYPT_DECRYPT",
    "AWS_KMS",
    (MATERIAL._replace(wrapped=None),),
    "us-east-1",
    ("eu-west-1",),
    "eu-west-1",
    "replica",
)
HERE = Fold("us-east-1", 10)
ADOPTED = Fold("eu-west-1", 10, "us-east-1", {MATERIAL.material_id: b"wrapped there"})
KEY = evolve(None, CREATED, HERE)
ACCESS_KEY = evolve(None, e.AccessKeyCreated(ACCOUNT, "alice", "AKIAEXAMPLE", b"wrapped"), HERE)


def test_a_key_is_held_where_it_was_created() -> None:
    assert isinstance(KEY, Key)
    assert (KEY.state, KEY.created_at, KEY.replica_regions) == ("Enabled", 10, ())
    assert KEY.current_material == KeyMaterial(MATERIAL.material_id, KEY_ID, 5, b"wrapped here")


def test_a_key_created_elsewhere_is_known_and_not_held() -> None:
    adopted = evolve(None, CREATED, Fold("eu-west-1", 10, "us-east-1"))
    assert isinstance(adopted, Key)
    assert not adopted.held_here
    assert adopted.current_material.wrapped is None


def test_the_region_a_key_is_given_to_holds_it() -> None:
    known = evolve(None, CREATED, Fold("eu-west-1", 10, "us-east-1"))
    replica = evolve(known, REPLICATED, replace(ADOPTED, time=20))
    assert isinstance(replica, Key)
    assert (replica.state, replica.description, replica.created_at) == ("Enabled", "replica", 20)
    assert replica.current_material.wrapped == b"wrapped there"


def test_everybody_else_learns_that_there_is_one_more_replica() -> None:
    for fold in (HERE, Fold("ap-southeast-2", 10, "us-east-1")):
        assert KEY is not None
        evolved = evolve(KEY, REPLICATED, fold)
        assert isinstance(evolved, Key)
        assert isinstance(KEY, Key)
        assert evolved == KEY._replace(replica_regions=("eu-west-1",))


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (e.KeyDisabled(ACCOUNT, KEY_ID), {"state": "Disabled"}),
        (e.KeyEnabled(ACCOUNT, KEY_ID), {"state": "Enabled"}),
        (e.KeyDescriptionUpdated(ACCOUNT, KEY_ID, "new"), {"description": "new"}),
        (e.KeyPolicyPut(ACCOUNT, KEY_ID, "[]"), {"policy": "[]"}),
        (e.KeyTagged(ACCOUNT, KEY_ID, (("a", "2"), ("Z", "3"))), {"tags": (("Z", "3"), ("a", "2"))}),
        (e.KeyUntagged(ACCOUNT, KEY_ID, ("a", "absent")), {"tags": ()}),
    ],
)
def test_changes_of_a_key(event: e.Event, changes: dict[str, object]) -> None:
    assert isinstance(KEY, Key)
    assert evolve(KEY, event, HERE) == KEY._replace(**changes)  # type: ignore[arg-type]


def test_an_alias_from_creation_to_deletion() -> None:
    alias = evolve(None, e.AliasCreated(ACCOUNT, "alias/x", "one"), HERE)
    assert alias == (ACCOUNT, "alias/x", "one", 10, 10)
    alias = evolve(alias, e.AliasRetargeted(ACCOUNT, "alias/x", "two"), replace(HERE, time=20))
    assert alias == (ACCOUNT, "alias/x", "two", 10, 20)
    assert evolve(alias, e.AliasDeleted(ACCOUNT, "alias/x"), HERE) is None


def test_identity() -> None:
    account = evolve(None, e.AccountCreated(ACCOUNT, "us-east-1", "Example"), HERE)
    assert account == Account(ACCOUNT, "us-east-1", "Example", 10)
    assert evolve(None, e.UserCreated(ACCOUNT, "alice", "AIDA"), HERE) == User(ACCOUNT, "alice", "AIDA", 10)
    assert evolve(None, e.PeerAdmitted("eu-west-1", b"card"), HERE) == Peer("eu-west-1", b"card", 10)
    assert AccessKey(ACCOUNT, "alice", "AKIAEXAMPLE", 10, b"wrapped", None, ()) == ACCESS_KEY


def test_what_a_peer_calls_wrapped_is_no_secret_of_this_region() -> None:
    adopted = evolve(None, e.AccessKeyCreated(ACCOUNT, "alice", "AKIAEXAMPLE", b"junk"), ADOPTED)
    assert isinstance(adopted, AccessKey)
    assert adopted.wrapped is None


def test_signing_keys_are_remembered_by_region_at_home() -> None:
    first = e.SigningKeysIssued(ACCOUNT, "AKIAEXAMPLE", "20261101", 35, ("eu-west-1", "sa-east-1"))
    issued = evolve(ACCESS_KEY, first, HERE)
    issued = evolve(issued, first._replace(first_date="20261120", regions=("eu-west-1",)), HERE)
    assert isinstance(issued, AccessKey)
    assert issued.issued == (("eu-west-1", "20261120", 35), ("sa-east-1", "20261101", 35))


def test_signing_keys_arrive_where_they_were_sealed_to() -> None:
    event = e.SigningKeysIssued(ACCOUNT, "AKIAEXAMPLE", "20261101", 35, ("eu-west-1",))
    rewrapped = {e.signing_keys_secret_id("AKIAEXAMPLE", "20261101"): b"bundle"}
    adopted = evolve(ACCESS_KEY, event, Fold("eu-west-1", 10, "us-east-1", rewrapped))
    assert isinstance(adopted, AccessKey)
    assert adopted.signing_keys == SigningKeys("20261101", 35, b"bundle")
    assert evolve(ACCESS_KEY, event, Fold("sa-east-1", 10, "us-east-1")) == ACCESS_KEY


@pytest.mark.parametrize(
    "event",
    [
        e.KeyEnabled(ACCOUNT, KEY_ID),
        e.AliasRetargeted(ACCOUNT, "alias/x", "two"),
        e.SigningKeysIssued(ACCOUNT, "AKIAEXAMPLE", "20261101", 35, ()),
        REPLICATED,
    ],
)
def test_an_event_without_the_state_before_it_is_a_fault(event: e.Event) -> None:
    with pytest.raises(BrokenHistory):
        evolve(None, event, HERE)


def test_every_event_has_its_fold() -> None:
    assert set(_FOLDS) == set(e.EVENTS.values())
