"""A snapshot read as grants: the same as in a plain dictionary, whatever happened to them in whichever partition."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replication.state.memory_store import MemoryStore
from replication.state.state_store import INDEXES, StateStore
from replication.state.view import SnapshotView
from shared import events as e
from shared.decision import StateView
from shared.errors import KeyUnavailable
from shared.grants.decide import revoke_grants_of
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked
from shared.grants.model import Grant
from shared.identifiers import partition_of
from shared.keys.commands import KeyName
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, HOME, START, WrittenLog, created, described, granted, key_id
from tests.shared.memory_view import MemoryView

PARTITIONS = 2
ACCOUNTS = (ACCOUNT, "444455556666", "000000000003")
PRINCIPALS = tuple(f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("a", "a/b", "b"))
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
KEYS = tuple(key_id(number) for number in (1, 2))


def test_the_accounts_lie_in_both_partitions() -> None:
    assert {partition_of(account, PARTITIONS) for account in ACCOUNTS} == {0, 1}


@st.composite
def happened(draw: st.DrawFn) -> list[e.Event]:
    """Grants that come and go, each known before it goes."""
    events: list[e.Event] = []
    for number in range(draw(st.integers(0, 20))):
        account, key, grant_id = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(KEYS)), f"{number:064x}"
        grantee, retiring = draw(st.sampled_from(PRINCIPALS)), draw(st.none() | st.sampled_from(PRINCIPALS))
        service = draw(st.none() | st.just("a.service.example"))
        events.append(
            GrantCreated(
                account,
                key,
                grant_id,
                START,
                ACCOUNT,
                ("Decrypt",),
                grantee_principal=None if service else grantee,
                grantee_service_principal=service,
                retiring_principal=retiring,
            )
        )
        ends: list[e.Event] = [GrantRetired(account, key, grant_id), GrantRevoked(account, key, grant_id)]
        events += draw(st.just([]) | st.sampled_from(ends).map(lambda end: [end]))
    return events


def folded(events: list[e.Event]) -> StateStore:
    store = MemoryStore()
    for partition in range(PARTITIONS):
        log, folding = WrittenLog(partition=partition), Folding(store, partition=partition)
        log.open()
        for event in events:
            if partition_of(getattr(event, "account", ""), PARTITIONS) == partition:
                log.write(event)
        folding.apply(*log.records)
    return store


LISTS: tuple[Callable[[StateView, str], Iterator[Any]], ...] = (
    *(lambda view, after, at=at: view.grants(*at, after) for at in ((a, k) for a in ACCOUNTS for k in KEYS)),
    *(lambda view, after, at=at: view.grant_ids(*at, after) for at in ((a, k) for a in ACCOUNTS for k in KEYS)),
    *(
        lambda view, after, to=to: view.grants_to(ACCOUNT, KEYS[0], to, after)
        for to in (*PRINCIPALS, "a.service.example")
    ),
    *(lambda view, after, to=to: view.retirable_grants(to, after) for to in PRINCIPALS),
)


def without_times(items: Iterator[Any]) -> list[Any]:
    """The dictionary has one time for all that happened."""
    return [item._replace(created_at=0) if isinstance(item, Grant) else item for item in items]


@settings(max_examples=60, deadline=None)
@given(happened(), st.integers(0, 20))
def test_grants_are_listed_as_they_stand(events: list[e.Event], number: int) -> None:
    plain = MemoryView(HOME)
    plain.apply(events)
    with folded(events).read() as snapshot:
        view = SnapshotView(snapshot, PARTITIONS)
        for listed in LISTS:
            for after in ("", f"{number:064x}", f"{ACCOUNTS[1]}/{KEYS[0]}/{number:064x}"):
                assert without_times(listed(view, after)) == without_times(listed(plain, after))


@settings(max_examples=30, deadline=None)
@given(happened())
def test_what_is_gone_leaves_no_index_behind(events: list[e.Event]) -> None:
    ends = [GrantRevoked(*event[:3]) for event in events if isinstance(event, GrantCreated)]
    with folded([*events, *ends]).read() as snapshot:
        assert list(snapshot.scan(INDEXES, b"", b"")) == []


LATER_VERSION = 9


@pytest.fixture
def frozen() -> Iterator[SnapshotView]:
    """Of two grants on a key, one has been changed by a later version, as has the key of the third."""
    log, folding = WrittenLog(), Folding()
    log.open()
    grants = [granted(number, retiring=BOB)._replace(key_id=key_id(1)) for number in (1, 2)]
    log.write(created(1), created(3), *grants, granted(3, retiring=BOB))
    log.write(GrantRevoked(*grants[0][:3]), least_reader=LATER_VERSION)
    log.write(described(3, "text"), least_reader=LATER_VERSION)
    folding.apply(*log.records)
    with folding.store.read() as snapshot:
        yield SnapshotView(snapshot, PARTITIONS)


def test_a_grant_of_a_later_version_is_refused_and_hides_no_other(frozen: SnapshotView) -> None:
    with pytest.raises(KeyUnavailable):
        frozen.grant(ACCOUNT, key_id(1), f"{1:064x}")
    for listed in (
        frozen.grants(ACCOUNT, key_id(1), ""),
        frozen.grants_to(ACCOUNT, key_id(1), f"arn:aws:iam::{ACCOUNT}:user/grantee", ""),
        frozen.retirable_grants(BOB, ""),
    ):
        assert [grant.grant_id for grant in listed] == [f"{2:064x}"]


def test_the_grants_of_a_key_that_goes_come_to_an_end_though_one_is_frozen(frozen: SnapshotView) -> None:
    decision = revoke_grants_of(KeyName(HOME, ACCOUNT, key_id(1)), frozen)
    assert decision.events == (GrantRevoked(ACCOUNT, key_id(1), f"{2:064x}"),)
