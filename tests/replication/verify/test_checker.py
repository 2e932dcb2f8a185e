"""The independent checker: silent about an honest region, and it names every bug planted in a log or a state."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from replication.log.embedded_log import EmbeddedLogs
from replication.records.record import decode_envelope, decode_record, encode_envelope
from replication.sharing.publication import local_log, shared_log
from replication.state.memory_store import MemoryStore
from replication.state.state_store import (
    ADAPTER,
    COMMANDS,
    HISTORY,
    INDEXES,
    OUTBOX,
    PARTITIONS,
    STREAMS,
    numbered_key,
    partition_prefix,
    row_key,
)
from replication.verify.checker import Checked, verify_region
from replication.verify.findings import Kind, Report, runs
from shared import events as e
from shared.events import stream_of
from shared.grants.events import GrantRevoked
from tests.replication.folding import Folding, folded
from tests.replication.written_log import (
    ACCOUNT,
    HOME,
    IDENTITIES,
    OTHER_NODE,
    PEER,
    RECORD_KEY,
    THIRD,
    SharedLog,
    WrittenLog,
    altered,
    created,
    described,
    granted,
    key_id,
    sealed_record,
    shared_form,
    stream,
)

RETIRING = "arn:aws:iam::444455556666:user/retiring"
CARDS = {region: IDENTITIES[region].public_bytes for region in (PEER, THIRD)}
CHECKED = Checked(HOME, 1, RECORD_KEY, IDENTITIES[HOME].public_bytes, CARDS)


class Region(NamedTuple):
    """What is checked: two logs of one partition, and a state."""

    local: list[bytes]
    shared: list[bytes]
    store: MemoryStore


def written() -> WrittenLog:
    log, peer = WrittenLog(), SharedLog(PEER)
    log.open()
    log.open(OTHER_NODE)
    log.write(created(1), created(2), command_id=b"first", answer="one")
    log.write(created(1), command_id=b"first")
    log.write(created(3), e.AliasCreated(ACCOUNT, "alias/a", key_id(1)), node=OTHER_NODE, shared=[shared_form(3, PEER)])
    log.write(e.AccessKeyCreated(ACCOUNT, "user", "AKIA1", b"wrapped"), shared=[shared_form(4, PEER)])
    log.adopt(peer.share(shared_form(5, HOME)), {f"{5:064x}": b"wrapped"})
    log.adopt(peer.share(e.KeyDisabled(ACCOUNT, "unknown")))
    log.open()
    log.write(described(1, "void"), expected={stream(1): 9})
    log.write(described(1, "text"), expected={stream(1): 1})
    log.write(e.AliasDeleted(ACCOUNT, "alias/a"), e.AliasCreated(ACCOUNT, "alias/b", key_id(2)), least_reader=1)
    log.write(granted(1, retiring=RETIRING), granted(2))
    log.write(GrantRevoked(ACCOUNT, key_id(2), f"{2:064x}"))
    log.write(described(2, "from the future"), least_reader=2, shared=[shared_form(6, PEER)])
    log.adopt(peer.share(shared_form(7, HOME)._replace(custom_key_store_id="cks-1234567890abcdef0")))
    log.adopt(peer.share(shared_form(8, HOME)._replace(materials=())))
    return log


def region(log: WrittenLog | None = None) -> Region:
    log = log or written()
    store = MemoryStore()
    folding = folded(log.records, store)
    return Region(list(log.records), [sealed_record(HOME, signed) for signed in folding.outbox()], store)


async def check(region: Region, tmp_path_factory: pytest.TempPathFactory, checked: Checked = CHECKED) -> Report:
    names = (local_log(HOME), shared_log(HOME))
    logs = EmbeddedLogs.open(tmp_path_factory.mktemp("log"), dict.fromkeys(names, 1))
    try:
        await logs[names[0]].append(0, region.local)
        await logs[names[1]].append(0, region.shared)
        seen: list[tuple[int, int]] = []
        with region.store.read() as snapshot:
            report = await verify_region(
                checked, logs[names[0]], logs[names[1]], snapshot, lambda done, total: seen.append((done, total))
            )
        assert seen[-1:] == [(len(region.local) + len(region.shared),) * 2] * bool(region.local)
        return report
    finally:
        await logs.close()


def kinds(report: Report) -> set[Kind]:
    return {finding.kind for finding in report.findings}


async def test_an_honest_region_agrees(tmp_path_factory: pytest.TempPathFactory) -> None:
    honest = region()
    report = await check(honest, tmp_path_factory)
    assert report == Report(HOME, 1, len(honest.local), 0, ())


async def test_honest_repetitions_and_restarts_agree(tmp_path_factory: pytest.TempPathFactory) -> None:
    honest = region()
    twice = Region([*honest.local, *honest.local[4:], honest.local[3]], honest.shared * 2, honest.store)
    assert (await check(twice, tmp_path_factory)).findings == ()


async def test_a_state_behind_its_log_agrees(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As after a power cut, or while the node works."""
    honest, store = region(), MemoryStore()
    folded(honest.local[:6], store)
    report = await check(Region(honest.local, honest.shared, store), tmp_path_factory)
    assert (report.findings, report.behind) == ((), len(honest.local) - 6)


async def test_an_empty_state_agrees(tmp_path_factory: pytest.TempPathFactory) -> None:
    honest = region()
    assert (await check(Region(honest.local, honest.shared, MemoryStore()), tmp_path_factory)).findings == ()


def edit(store: MemoryStore, table: bytes, key: bytes, change: Callable[[bytes], bytes | None]) -> None:
    with store.write() as transaction:
        before = transaction.get(table, key)
        after = change(before or b"")
        assert after != before
        if after is None:
            transaction.delete(table, key)
        else:
            transaction.put(table, key, after)


def flipped(row: bytes) -> bytes:
    return row[:-1] + bytes([row[-1] ^ 1])


def older(row: bytes) -> bytes:
    """The row of stream 1 before its last change."""
    with folded(written().records[:3], MemoryStore()).store.read() as snapshot:
        found = snapshot.get(STREAMS, row_key(0, stream(1)))
    assert found is not None
    return found


GRANT = f"{ACCOUNT}/{key_id(1)}/{1:064x}"
REVOKED = f"{ACCOUNT}/{key_id(2)}/{2:064x}"
RETIRABLE = f"retirable/{RETIRING}|{GRANT}"
ALIAS = row_key(0, f"alias-of/{ACCOUNT}/{key_id(2)}/alias/b")


@pytest.mark.parametrize(
    ("table", "key", "change", "kind", "named"),
    [
        (STREAMS, row_key(0, stream(1)), flipped, Kind.STATE, stream(1)),
        (STREAMS, row_key(0, stream(1)), lambda _: None, Kind.STATE, stream(1)),
        (STREAMS, row_key(0, stream(1)), older, Kind.STATE, stream(1)),
        (STREAMS, row_key(0, stream(9)), lambda _: b"\x94\1\0\xc0\xc2", Kind.STATE, stream(9)),
        (INDEXES, ALIAS, lambda _: None, Kind.STATE, "alias/b"),
        (INDEXES, ALIAS + b"c", lambda _: b"", Kind.STATE, "alias/bc"),
        (INDEXES, row_key(0, f"grant-of/{GRANT}"), lambda _: None, Kind.STATE, "grant-of"),
        (INDEXES, row_key(0, f"grant-of/{REVOKED}"), lambda _: b"", Kind.STATE, "grant-of"),
        (INDEXES, row_key(0, RETIRABLE), lambda _: None, Kind.STATE, "retirable"),
        (INDEXES, row_key(0, RETIRABLE.replace("retiring|", "other|")), lambda _: b"", Kind.STATE, "retirable"),
        (STREAMS, row_key(0, f"grant/{GRANT}"), lambda _: None, Kind.STATE, "grant/"),
        (STREAMS, row_key(0, f"grant/{REVOKED}"), lambda _: b"\x94\1\0\xc0\xc2", Kind.STATE, "grant/"),
        (STREAMS, row_key(0, f"access-key/{ACCOUNT}/AKIA1"), lambda _: None, Kind.STATE, "AKIA1"),
        (HISTORY, numbered_key(0, 4), flipped, Kind.STATE, "history at 4"),
        (HISTORY, numbered_key(0, 1), lambda _: None, Kind.STATE, "history at 1"),
        (COMMANDS, partition_prefix(0) + b"first", lambda _: b"two", Kind.STATE, "command first"),
        (COMMANDS, partition_prefix(0) + b"first", lambda _: None, Kind.STATE, "command first"),
        (OUTBOX, numbered_key(0, 2), flipped, Kind.SHARED, "number 2"),
        (ADAPTER, b"position/" + partition_prefix(0), lambda _: (99).to_bytes(8, "big"), Kind.TRUNCATED, "99"),
    ],
)
async def test_a_planted_change_of_a_row_is_named(
    tmp_path_factory: pytest.TempPathFactory,
    table: bytes,
    key: bytes,
    change: Callable[[bytes], bytes | None],
    kind: Kind,
    named: str,
) -> None:
    planted = region()
    edit(planted.store, table, key, change)
    report = await check(planted, tmp_path_factory)
    assert kinds(report) == {kind}
    assert len(report.findings) == 1
    assert named in report.findings[0].detail
    assert report.findings[0][:2] == (shared_log(HOME) if kind is Kind.SHARED else local_log(HOME), 0)


@pytest.mark.parametrize("field", ["head", "chains", "adopted", "shared", "oldest"])
async def test_a_planted_change_of_the_head_is_found(tmp_path_factory: pytest.TempPathFactory, field: str) -> None:
    planted = region()
    head = Folding(planted.store).head
    values = {
        "head": replace(head.head, digest=bytes(32)),
        "chains": {},
        "adopted": {},
        "shared": replace(head.shared, digest=bytes(32)),
        "oldest": 2,
    }
    setattr(head, field, values[field])
    edit(planted.store, PARTITIONS, partition_prefix(0), lambda _: head.encode())
    assert kinds(await check(planted, tmp_path_factory)) == {Kind.HEAD}


async def test_a_position_beyond_what_is_applied_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    honest, store = region(), MemoryStore()
    folded(honest.local[:6], store)
    edit(store, ADAPTER, b"position/" + partition_prefix(0), lambda _: (9).to_bytes(8, "big"))
    report = await check(Region(honest.local, honest.shared, store), tmp_path_factory)
    assert kinds(report) == {Kind.SKIPPED}


async def test_a_state_ahead_of_its_log_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    honest = region()
    for end in (len(honest.local) - 1, 3, 0):
        report = await check(Region(honest.local[:end], [], honest.store), tmp_path_factory)
        assert Kind.TRUNCATED in kinds(report)


async def test_log_and_state_rolled_back_together_show_in_the_shared_log(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    honest, store = region(), MemoryStore()
    folded(honest.local[:5], store)
    report = await check(Region(honest.local[:5], honest.shared, store), tmp_path_factory)
    assert kinds(report) == {Kind.TRUNCATED}
    assert {finding.log for finding in report.findings} == {shared_log(HOME)}


async def test_a_waiting_state_agrees_on_what_it_has_applied(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The gap is found in the log; the state, which waits for it, is as it should be."""
    log = written()
    log.write(described(3, "missing"))
    log.write(described(3, "waits"))
    holed = [*log.records[:-2], log.records[-1]]
    store = MemoryStore()
    folding = Folding(store)
    for record in holed:
        folding.apply(record)
    report = await check(Region(holed, [sealed_record(HOME, x) for x in folding.outbox()], store), tmp_path_factory)
    assert [finding.kind for finding in report.findings] == [Kind.MISSING]


LOCAL = written().records


@pytest.mark.parametrize(
    ("local", "kind"),
    [
        ([*LOCAL[:4], LOCAL[4][:-1] + b"?", *LOCAL[5:]], Kind.FOREIGN),
        ([*LOCAL, b"junk"], Kind.FOREIGN),
        ([*LOCAL, altered(LOCAL[4], partition=1)], Kind.FOREIGN),
        ([*LOCAL, altered(LOCAL[4], log=local_log(PEER))], Kind.FOREIGN),
        ([*LOCAL, SharedLog(HOME).share(shared_form(1))], Kind.FOREIGN),
        ([*LOCAL[:3], *LOCAL[4:]], Kind.MISSING),
        (LOCAL[1:], Kind.MISSING),
        ([*LOCAL[:3], LOCAL[4], LOCAL[3], *LOCAL[5:]], Kind.REORDERED),
        ([*LOCAL, altered(LOCAL[9], time=5)], Kind.FORKED),
        ([*LOCAL, altered(LOCAL[4], time=5)], Kind.FORKED),
    ],
)
async def test_a_tampered_log_is_found(
    tmp_path_factory: pytest.TempPathFactory, local: list[bytes], kind: Kind
) -> None:
    assert kind in kinds(await check(region()._replace(local=local), tmp_path_factory))


def shared_of(*changes: tuple[int, bytes | None]) -> list[bytes]:
    records: list[bytes | None] = [*region().shared]
    for at, record in changes:
        records[at : at + 1] = [record]
    return [record for record in records if record is not None]


def resigned(number: int, region_name: str = HOME, **fields: object) -> bytes:
    envelope = decode_envelope(decode_record(region().shared[number - 1]).signed)
    return sealed_record(region_name, encode_envelope(replace(envelope, **fields)))


def without_outbox(region: Region) -> Region:
    """As if all had been published."""
    with region.store.write() as transaction:
        for key, _ in list(transaction.scan(OUTBOX, b"", b"")):
            transaction.delete(OUTBOX, key)
    return region


@pytest.mark.parametrize(
    ("shared", "kind"),
    [
        (shared_of((1, None)), Kind.MISSING),
        (shared_of((2, None)), Kind.UNPUBLISHED),
        (shared_of((1, resigned(2, time=1))), Kind.SHARED),
        (shared_of((1, resigned(2, previous=bytes(32)))), Kind.FORKED),
        (shared_of((1, resigned(2, PEER))), Kind.FOREIGN),
        ([*shared_of(), resigned(2, time=1)], Kind.FORKED),
        ([*shared_of(), resigned(3, sequence=4)], Kind.TRUNCATED),
        ([*shared_of(), resigned(3, log=shared_log(PEER))], Kind.FOREIGN),
        ([*shared_of(), resigned(3, partition=1)], Kind.FOREIGN),
        ([*shared_of(), b"junk"], Kind.FOREIGN),
    ],
)
async def test_a_tampered_shared_log_is_found(
    tmp_path_factory: pytest.TempPathFactory, shared: list[bytes], kind: Kind
) -> None:
    report = await check(without_outbox(region())._replace(shared=shared), tmp_path_factory)
    assert kind in kinds(report)
    assert {finding.log for finding in report.findings} == {shared_log(HOME)}


async def test_what_the_outbox_still_holds_needs_no_publication(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert (await check(region()._replace(shared=[]), tmp_path_factory)).findings == ()


async def test_an_order_of_publication_means_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    honest = without_outbox(region())
    report = await check(honest._replace(shared=[*honest.shared[::-1], *honest.shared]), tmp_path_factory)
    assert report.findings == ()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"origin": (PEER, 1, bytes(32))}, "another record than it names"),
        ({"adopted": {}}, "other causes"),
        ({"streams": ()}, "other streams"),
        ({"streams": ((stream(5), 0),)}, "other streams"),
        ({"body": b"junk"}, "no adoption"),
    ],
)
async def test_an_adoption_that_is_not_what_was_signed_is_found(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object], why: str
) -> None:
    log = WrittenLog()
    log.open()
    log.adopt(SharedLog(PEER).share(shared_form(5, HOME), adopted={HOME: 0}), **fields)  # type: ignore[arg-type]
    report = await check(region(log), tmp_path_factory)
    assert kinds(report) == {Kind.ADOPTION}
    assert why in report.findings[0].detail


async def test_a_condition_that_a_peer_has_named_is_not_adopted_and_no_finding(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log, event = WrittenLog(), shared_form(5)
    name = stream_of(event)
    log.open()
    log.adopt(SharedLog(PEER).share(event, streams=((name, 7),)), streams=((name, None),))
    assert (await check(region(log), tmp_path_factory)).findings == ()


async def test_a_peer_that_is_pinned_beyond_the_state_is_no_finding(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As while the node works: the next check knows its card."""
    log = WrittenLog()
    log.open()
    behind = region(log)
    log.adopt(SharedLog(PEER).share(shared_form(5)))
    unpinned = CHECKED._replace(cards={})
    report = await check(behind._replace(local=log.records), tmp_path_factory, unpinned)
    assert (report.findings, report.behind) == ((), 1)
    assert kinds(await check(region(log), tmp_path_factory, unpinned)) == {Kind.ADOPTION}


async def test_an_adoption_out_of_its_origins_chain_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    log, peer, other = WrittenLog(), SharedLog(PEER), SharedLog(PEER)
    other.share(shared_form(9))
    log.open()
    log.adopt(peer.share(shared_form(5)))
    log.adopt(other.share(shared_form(6)))
    report = await check(region(log), tmp_path_factory)
    assert "does not follow" in report.findings[0].detail


@pytest.mark.parametrize(
    ("cards", "why"),
    [({}, "no card"), ({PEER: CARDS[THIRD]}, "does not fit the pinned card")],
)
async def test_adoptions_are_checked_against_the_pinned_cards(
    tmp_path_factory: pytest.TempPathFactory, cards: dict[str, bytes], why: str
) -> None:
    report = await check(region(), tmp_path_factory, CHECKED._replace(cards=cards))
    assert kinds(report) == {Kind.ADOPTION}
    assert all(why in finding.detail for finding in report.findings)


async def test_what_one_missing_record_leads_to_is_one_finding_a_log(tmp_path_factory: pytest.TempPathFactory) -> None:
    log = written()
    for number in range(100):
        log.write(described(3, str(number)))
    honest = without_outbox(region(log))
    report = await check(honest._replace(local=[*log.records[:-60], *log.records[-59:]]), tmp_path_factory)
    (missing,) = [finding.detail for finding in report.findings if finding.kind is Kind.MISSING]
    assert f", and 58 that follow up to position {len(log.records) - 2}: its author's record " in missing
    assert missing.endswith(" is missing")
    assert len(report.findings) < 5


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ([], []),
        ([3], ["number 3"]),
        ([1, 2, 3, 7, 9, 10], ["numbers 1 to 3", "number 7", "numbers 9 to 10"]),
    ],
)
def test_numbers_that_follow_each_other_are_named_together(numbers: list[int], named: list[str]) -> None:
    assert list(runs(numbers)) == named
