"""What a key's regions have in common, read from the rows and indexes of a real fold."""

import pytest

from replication.state.view import SnapshotView
from shared import events as e
from shared.errors import KeyUnavailable
from shared.grants.decide_sharing import give_grants
from shared.grants.events import GrantCreated, GrantReplaced, GrantRevoked, GrantShared, SharedGrantEnded
from shared.keys.commands import KeyName
from shared.keys.sharing import REPLICATE_TAG
from tests.replication.folding import folded
from tests.replication.written_log import ACCOUNT, HOME, WrittenLog, created, key_id, multi_region_key_id

KEY, OTHER = multi_region_key_id(1), multi_region_key_id(2)
NAMES = ("alias/a", "alias/a-b", "alias/ab", "alias/b")
OWN, SHARED = f"{1:064x}", f"{2:064x}"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


def granted(grant_id: str) -> GrantCreated:
    return GrantCreated(ACCOUNT, KEY, grant_id, 1, ACCOUNT, ("Decrypt",), "", BOB)


def shared(grant_id: str) -> GrantShared:
    return GrantShared(ACCOUNT, KEY, grant_id, ACCOUNT, ("Decrypt",), "", BOB)


@pytest.fixture
def log() -> WrittenLog:
    log = WrittenLog()
    log.open()
    log.write(created(1, KEY, HOME), created(2, OTHER, HOME), created(3))
    log.write(e.KeyTagged(ACCOUNT, KEY, ((REPLICATE_TAG, "aliases grants"),)))
    log.write(e.KeyAliasesSet(ACCOUNT, KEY, NAMES), e.AliasCreated(ACCOUNT, "alias/b", key_id(3)))
    log.write(granted(OWN), shared(SHARED))
    return log


def view_of(log: WrittenLog) -> SnapshotView:
    """The snapshot is of a store in memory, which nobody changes."""
    return SnapshotView(folded(log.records).store.read(), 2)


def test_aliases_of_both_kinds_are_listed_in_order(log: WrittenLog) -> None:
    view = view_of(log)
    assert [(a.alias, a.key_id) for a in view.aliases(ACCOUNT, "")] == [
        *((name, KEY) for name in NAMES[:3]),
        ("alias/b", key_id(3)),
    ]
    for number, name in enumerate(NAMES):
        assert [a.alias for a in view.aliases(ACCOUNT, name)] == list(NAMES[number + 1 :])
    assert [a.alias for a in view.aliases_of(ACCOUNT, KEY, "")] == list(NAMES[:3])
    assert [a.alias for a in view.aliases_of(ACCOUNT, KEY, "alias/a")] == list(NAMES[1:3])


def test_of_two_keys_the_one_that_has_had_the_name_longer_has_it(log: WrittenLog) -> None:
    log.write(e.KeyAliasesSet(ACCOUNT, OTHER, ("alias/a", "alias/z")), time=9_000_000_000_000)
    view = view_of(log)
    assert [(a.alias, a.key_id) for a in view.aliases(ACCOUNT, "alias/b")] == [("alias/z", OTHER)]
    alias = view.alias(ACCOUNT, "alias/a")
    assert alias is not None
    assert alias.key_id == KEY


@pytest.mark.parametrize(("had", "is_known"), [("earlier", False), ("later", True)])
def test_a_frozen_key_keeps_to_itself_the_names_that_it_had_first(log: WrittenLog, had: str, is_known: bool) -> None:
    """It may have let them go. All other names are found and listed."""
    time = {"earlier": 1, "later": 9_000_000_000_000}[had]
    log.write(e.KeyAliasesSet(ACCOUNT, OTHER, ("alias/a", "alias/z")), time=time)
    log.write(e.KeyDescriptionUpdated(ACCOUNT, OTHER, ""), least_reader=9)
    view = view_of(log)
    found = {"alias/a-b", "alias/ab"} | ({"alias/a"} if is_known else set())
    assert {alias.alias for alias in view.aliases_of(ACCOUNT, KEY, "")} == found
    assert {alias.alias for alias in view.aliases(ACCOUNT, "")} == found | {"alias/b"}
    for name in {"alias/a", "alias/z"} - found:
        with pytest.raises(KeyUnavailable):
            view.alias(ACCOUNT, name)


def test_a_grant_whose_stream_for_all_regions_is_frozen_keeps_no_other_from_them(log: WrittenLog) -> None:
    log.write(granted(f"{3:064x}"))
    log.write(SharedGrantEnded(ACCOUNT, KEY, OWN), least_reader=9)
    view = view_of(log)
    assert [grant.grant_id for grant in view.own_grants(ACCOUNT, KEY)] == [f"{3:064x}"]
    assert [grant.grant_id for grant in view.grants(ACCOUNT, KEY, "")] == [OWN, SHARED, f"{3:064x}"]
    decided = give_grants(KeyName(HOME, ACCOUNT, KEY), view).events
    assert {getattr(event, "grant_id", "") for event in decided} == {f"{3:064x}"}


def test_grants_of_both_kinds_are_found_and_told_apart(log: WrittenLog) -> None:
    view = view_of(log)
    assert list(view.grant_ids(ACCOUNT, KEY, "")) == [OWN, SHARED]
    assert [grant.grant_id for grant in view.grants_to(ACCOUNT, KEY, BOB, "")] == [OWN, SHARED]
    assert [grant.grant_id for grant in view.own_grants(ACCOUNT, KEY)] == [OWN]
    grant = view.grant(ACCOUNT, KEY, SHARED)
    assert grant is not None
    assert grant.shared


def test_a_grant_that_is_given_to_all_is_found_under_its_id(log: WrittenLog) -> None:
    log.write(GrantReplaced(ACCOUNT, KEY, OWN), shared(OWN))
    view = view_of(log)
    assert list(view.grant_ids(ACCOUNT, KEY, "")) == [OWN, SHARED]
    assert list(view.own_grants(ACCOUNT, KEY)) == []


def test_a_grant_that_was_ended_is_gone_and_does_not_come_back(log: WrittenLog) -> None:
    log.write(SharedGrantEnded(ACCOUNT, KEY, SHARED), GrantRevoked(ACCOUNT, KEY, OWN))
    log.write(shared(SHARED))
    view = view_of(log)
    assert list(view.grants(ACCOUNT, KEY, "")) == []
    assert view.grant(ACCOUNT, KEY, SHARED) is None
