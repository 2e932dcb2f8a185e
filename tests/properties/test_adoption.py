"""What a peer signs stops nobody and changes nothing that is not its own, whatever stands in it."""

from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replication.fold.judge import NUMBERED
from replication.log.event_log import Entry
from replication.state.rows import NO_ROW
from replication.verify.chain import Numbering
from replication.verify.fold import PlainFold
from replication.verify.state import PartitionState, compare
from shared import birthplace
from shared import events as e
from shared.identifiers import (
    account_stream,
    alias_stream,
    grant_stream,
    key_stream,
    partition_of,
    shared_grant_stream,
    user_stream,
)
from shared.identity.account_events import EntityRestated
from shared.identity.naming import group_stream, policy_stream, role_stream, service_control_stream
from shared.keys.model import Key
from tests.properties.test_fold import FEW, JSON_LIKE
from tests.replication.folding import Folding, folded
from tests.replication.written_log import (
    ACCOUNT,
    HOME,
    PEER,
    RECORD_KEY,
    SharedLog,
    WrittenLog,
    created,
    key_id,
    multi_region_key_id,
)
from tests.shared.identity.fields import IDENTITY_FIELDS, RESTATED
from tests.thoroughness import often, thorough

OWN_KEY, PEERS_KEY = multi_region_key_id(1), multi_region_key_id(2)
GRANT_ID = "ab" * 32
THIRDS_KEY = birthplace.multi_region_key_id("ap-southeast-2", b"8 random")
TARGETS = st.sampled_from((PEERS_KEY, PEERS_KEY, OWN_KEY, key_id(3), multi_region_key_id(4), THIRDS_KEY))
OTHER_ACCOUNT = next(f"{number:012}" for number in range(100) if partition_of(f"{number:012}", 2) != 0)
REGIONS = st.sampled_from((PEER, PEER, HOME, HOME, "ap-southeast-2"))
MATERIALS = st.lists(
    st.builds(
        e.MaterialBorn,
        st.sampled_from(("ab" * 32, f"{1:064x}")),
        TARGETS,
        st.integers(0, 9),
        st.none(),
        st.none() | st.dictionaries(REGIONS, st.binary(max_size=9), max_size=2),
    ),
    max_size=2,
).map(tuple)
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    **IDENTITY_FIELDS,
    "account": st.sampled_from((ACCOUNT,) * 5 + (OTHER_ACCOUNT,)),
    "key_id": TARGETS,
    "materials": MATERIALS,
    "material_id": st.sampled_from(("ab" * 32, f"{1:064x}")),
    "primary_region": REGIONS,
    "home_region": REGIONS,
    "region": REGIONS,
    "replica_region": REGIONS,
    "replica_regions": st.lists(REGIONS, max_size=2).map(tuple),
    "regions": st.lists(REGIONS, max_size=2).map(tuple),
    "tags": st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
    "tag_keys": st.just(("cost",)),
    "access_key_id": st.sampled_from(("AKIAEXAMPLE", "AKIAOTHER")),
    "alias": st.sampled_from(("alias/a", "alias/b")),
    "aliases": st.lists(st.sampled_from(("alias/a", "alias/b", "b")), max_size=2).map(tuple),
    "replicate": st.sampled_from(("", "tags", "policy grants aliases tags", "nonsense")),
    "retired": st.booleans(),
    "grant_id": st.sampled_from((GRANT_ID, f"{1:064x}")),
    "issuing_account": st.just(ACCOUNT),
    "operations": st.just(("Decrypt",)),
    **dict.fromkeys(("encryption_context_equals", "encryption_context_subset"), st.none() | st.just((("a", "b"),))),
    **dict.fromkeys(("grantee_service_principal", "retiring_service_principal", "source_arn"), st.none()),
    **dict.fromkeys(("custom_key_store_id", "external_key_id"), st.none() | st.just("cks-1234567890abcdef0")),
    **dict.fromkeys(("created_at", "key_created_at"), st.integers(0, 9)),
    "first_date": st.just("20261124"),
    "sealed": st.none() | st.dictionaries(REGIONS, st.binary(max_size=9), max_size=2),
    "wrapped": st.none() | st.binary(max_size=9),
    "card": st.binary(max_size=9),
    "policy": st.none() | st.text(max_size=3),
    "description": st.none() | st.text(max_size=3),
    **dict.fromkeys(("whole", "pending", "expired"), st.booleans()),
    **dict.fromkeys(("window_days", "days", "epoch", "due_at", "valid_to"), st.integers(0, 2**63 - 1)),
    "period_days": st.integers(90, 2560),
    "rotation_period_days": st.none() | st.integers(90, 2560),
    "heir_key_id": TARGETS,
    "unconfirmed": st.lists(REGIONS, max_size=2).map(tuple),
    "spec": st.sampled_from(("SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT", "HMAC_256")),
    "usage": st.sampled_from(("ENCRYPT_DECRYPT", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC")),
    "origin": st.sampled_from(("AWS_KMS", "AWS_KMS", "EXTERNAL", "EXTERNAL_KEY_STORE")),
    "key_manager": st.sampled_from(("CUSTOMER", "CUSTOMER", "AWS")),
}


def typed(event_type: type[Any]) -> st.SearchStrategy[e.Event]:
    text = st.text(max_size=5)
    by_name = BY_NAME | ({} if event_type is e.KeyMaterialImported else {"description": text})
    by_name |= {"state": RESTATED} if event_type is EntityRestated else {}
    return st.builds(event_type, **{name: by_name.get(name, text) for name in event_type._fields})


TYPED = st.one_of([typed(event_type) for event_type in e.EVENTS.values()])
"""Events with the right types, and anything in them."""
STREAMS = st.sampled_from(
    [key_stream(ACCOUNT, OWN_KEY), key_stream(ACCOUNT, PEERS_KEY), key_stream(ACCOUNT, key_id(3))]
    + [key_stream(ACCOUNT, THIRDS_KEY)]
    + [account_stream(ACCOUNT), account_stream(OTHER_ACCOUNT), alias_stream(ACCOUNT, "alias/a"), "peer/eu-west-1"]
    + [grant_stream(ACCOUNT, PEERS_KEY, GRANT_ID), shared_grant_stream(ACCOUNT, PEERS_KEY, GRANT_ID)]
    + [user_stream(ACCOUNT, "user"), role_stream(ACCOUNT, "user")]
    + [group_stream(ACCOUNT, "AGPAONE"), policy_stream(ACCOUNT, "user"), service_control_stream(ACCOUNT)]
)


@st.composite
def ill_typed(draw: st.DrawFn) -> bytes:
    """The shared part of a record: real tags and field numbers, and any value in a field or two."""
    tag = draw(st.sampled_from(sorted(e.EVENTS)))
    event = draw(typed(e.EVENTS[tag]))
    fields: dict[int, object] = {number: value for number, value in enumerate(event, start=1) if value is not None}
    fields |= draw(st.dictionaries(st.integers(1, len(event)), JSON_LIKE, min_size=1, max_size=2))
    names = draw(st.lists(STREAMS, max_size=2)) or [key_stream(ACCOUNT, PEERS_KEY)]
    return bytes(msgpack.packb((names, msgpack.packb([[tag, fields]]))))


TELLING = next(tag for tag, event_type in e.EVENTS.items() if event_type is e.KeySettingsShared)


def tag_in(part: bytes) -> int:
    """Of the one event of a shared part."""
    ((tag, _),) = msgpack.unpackb(msgpack.unpackb(part)[1], strict_map_key=False)
    assert isinstance(tag, int)
    return tag


def region() -> tuple[WrittenLog, SharedLog]:
    """A region with keys of its own, and a replica of a key of its peer's that it is about to delete."""
    log, peer = WrittenLog(), SharedLog(PEER)
    log.open()
    log.write(created(1, OWN_KEY, HOME), created(3), e.AliasCreated(ACCOUNT, "alias/a", key_id(3)))
    log.write(e.AccountCreated(ACCOUNT, HOME, "name"), e.UserCreated(ACCOUNT, "user", "AIDA"))
    log.write(e.AccessKeyCreated(ACCOUNT, "user", "AKIAEXAMPLE", b"wrapped"))
    log.adopt(peer.share(created(2, PEERS_KEY)))
    log.adopt(peer.share(GIVEN), {f"{2:064x}": b"wrapped"})
    log.write(e.KeyDisabled(ACCOUNT, PEERS_KEY), e.KeyDescriptionUpdated(ACCOUNT, PEERS_KEY, "ours"))
    log.write(e.GrantCreated(ACCOUNT, PEERS_KEY, GRANT_ID, 1, ACCOUNT, ("Decrypt",), "", "principal"))
    log.write(e.KeyDeletionScheduled(ACCOUNT, PEERS_KEY, 7, 9), e.KeyTagged(ACCOUNT, PEERS_KEY, (("cost", "1"),)))
    return log, peer


def adopted(log: WrittenLog) -> Folding:
    """The log as it is folded, checked to be what the independent checker makes of it."""
    folding, found = folded(log.records), list[str]()
    numbering = Numbering(HOME, 0, RECORD_KEY, lambda kind, detail: found.append(f"{kind} {detail}"))
    plain = PlainFold(HOME, 0, 2, lambda *_: None)
    for position, record in enumerate(log.records):
        for numbered in numbering.take(Entry(position, record)):
            plain.take(numbered, numbering.head)
    with folding.store.read() as snapshot:
        compare(PartitionState(snapshot, 0), numbering, plain, lambda kind, detail: found.append(f"{kind} {detail}"))
    assert found == []
    assert all(outcome.verdict in NUMBERED for outcome in folding.outcomes)
    return folding


GIVEN = e.KeyReplicated(
    ACCOUNT,
    PEERS_KEY,
    "SYMMETRIC_DEFAULT",
    "ENCRYPT_DECRYPT",
    "AWS_KMS",
    (e.MaterialBorn(f"{2:064x}", PEERS_KEY, 5, sealed={HOME: b"sealed"}),),
    PEER,
    (HOME,),
    HOME,
)
OWN_STREAMS = (
    key_stream(ACCOUNT, OWN_KEY),
    key_stream(ACCOUNT, key_id(3)),
    key_stream(ACCOUNT, THIRDS_KEY),
    account_stream(ACCOUNT),
    alias_stream(ACCOUNT, "alias/a"),
    f"user/{ACCOUNT}/user",
    f"access-key/{ACCOUNT}/AKIAEXAMPLE",
    grant_stream(ACCOUNT, PEERS_KEY, GRANT_ID),
)


def kept(folding: Folding) -> list[object]:
    """What no peer may change: the region's own streams, and what it has settled for its replica."""
    replica = folding.row(key_stream(ACCOUNT, PEERS_KEY))
    assert isinstance(replica.state, Key)
    key = replica.state
    assert key.deletion is not None
    # A peer that hands its key over makes this region wait for the others; it hastens no deletion and ends none.
    goes = key.state in ("PendingDeletion", "PendingReplicaDeletion") and key.deletion.due_at in (9, None)
    settled = (goes, key.description, key.deletion.window_days, key.created_at)
    return [*map(folding.row, OWN_STREAMS), settled, key.materials[0].wrapped]


def follows(folding: Folding) -> tuple[object, ...]:
    """What a replica has of its own until its primary's region says otherwise."""
    key = folding.row(key_stream(ACCOUNT, PEERS_KEY)).state
    assert isinstance(key, Key)
    return key.policy, key.tags, key.aliases, key.grants_life


@thorough
@settings(FEW, max_examples=often(400, otherwise=50))
@given(ill_typed())
def test_a_peers_nonsense_stops_nobody_and_changes_nothing_here(part: bytes) -> None:
    log, peer = region()
    before, own = kept(folded(log.records)), follows(folded(log.records))
    names = tuple((name, None) for name in msgpack.unpackb(part)[0])
    log.adopt(peer.share(shared=part, streams=names))
    log.adopt(peer.share(created(5, multi_region_key_id(5))))
    folding = adopted(log)
    assert folding.head.adopted[PEER].sequence == 4
    assert kept(folding) == before
    assert follows(folding) == own or tag_in(part) == TELLING
    assert folding.row(key_stream(ACCOUNT, multi_region_key_id(5))).state is not None


@thorough
@pytest.mark.parametrize("event_type", e.EVENTS.values())
@settings(FEW, max_examples=often(100, otherwise=10))
@given(st.data())
def test_a_peer_changes_nothing_that_is_not_its_own(event_type: type[Any], data: st.DataObject) -> None:
    events = [data.draw(typed(event_type)), *data.draw(st.lists(TYPED, max_size=1))]
    log, peer = region()
    before, own = kept(folded(log.records)), follows(folded(log.records))
    log.adopt(peer.share(*events))
    folding = adopted(log)
    assert folding.head.adopted[PEER].sequence == 3
    assert kept(folding) == before
    assert follows(folding) == own or any(type(event) is e.KeySettingsShared for event in events)
    assert folding.row(account_stream(OTHER_ACCOUNT)) == NO_ROW
