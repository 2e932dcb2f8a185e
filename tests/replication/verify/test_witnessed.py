"""Logs on a disk that were cut, put back or made again with the region's own keys: the witnesses' word tells."""

import shutil
from pathlib import Path

import pytest

from replication.fold.materializer import Identity
from replication.log.embedded_log import EmbeddedLogs
from replication.records.position import EMPTY_HEAD, Head, extend
from replication.records.record import decode_record, record_hash
from replication.sharing.publication import local_log, shared_log
from replication.state.memory_store import MemoryStore
from replication.verify.checker import Checked, verify_region
from replication.verify.findings import Finding, Kind
from replication.verify.witnessed import Shown
from replication.witness.checkpoint import Seen
from replication.witness.read_extension import read_extension
from replication.witness.witness_rule import Found
from tests.replication.checkpoints import checkpoint
from tests.replication.written_log import HOME, IDENTITIES, NODE, PEER, RECORD_KEY, START, THIRD, WrittenLog, created

BEFORE, AFTER = 7, 10
IDENTITY = Identity(HOME, 1, RECORD_KEY)


def history(other: bool = False) -> WrittenLog:
    """Ten records; `other`: the last three are others, and as authentic."""
    log = WrittenLog()
    log.open()
    for number in range(1, AFTER):
        log.write(created(number + (100 if other and number >= BEFORE else 0)))
    return log


def heads(records: list[bytes]) -> list[Head]:
    made = [EMPTY_HEAD]
    for encoded in records:
        made.append(extend(made[-1], record_hash(decode_record(encoded).signed)))
    return made


ONE, OTHER = history(), history(other=True)
HEADS, OTHER_HEADS = heads(ONE.records), heads(OTHER.records)


def signed(sequence: int, heads: list[Head] = HEADS, time: int = START, node: str = NODE) -> Seen:
    return checkpoint(heads[sequence], time=time, node=node)


async def write(directory: Path, records: list[bytes]) -> None:
    logs = EmbeddedLogs.open(directory, {local_log(HOME): 1, shared_log(HOME): 1})
    await logs[local_log(HOME)].append(0, records)
    await logs.close()


async def checked(directory: Path, *shown: Shown) -> tuple[Finding, ...]:
    logs = EmbeddedLogs.open(directory, {local_log(HOME): 1, shared_log(HOME): 1}, readonly=True)
    region = Checked(HOME, 1, RECORD_KEY, IDENTITIES[HOME].public_bytes, {}, shown)
    with MemoryStore().read() as snapshot:
        report = await verify_region(
            region, logs[local_log(HOME)], logs[shared_log(HOME)], snapshot, lambda _done, _total: None
        )
    await logs.close()
    return report.findings


async def test_a_whole_log_is_what_its_witnesses_have_seen(tmp_path: Path) -> None:
    await write(tmp_path, ONE.records)
    shown = (Shown(PEER, signed(BEFORE)), Shown(THIRD, signed(AFTER, time=START + 1)))
    assert await checked(tmp_path, *shown) == ()


async def test_an_older_copy_lacks_records_by_their_numbers(tmp_path: Path) -> None:
    await write(tmp_path / "log", ONE.records[:BEFORE])
    shutil.copytree(tmp_path / "log", tmp_path / "older")
    await write(tmp_path / "log", ONE.records[BEFORE:])
    shown = Shown(PEER, signed(AFTER))
    assert await checked(tmp_path / "log", shown) == ()
    assert await checked(tmp_path / "older") == ()
    (finding,) = await checked(tmp_path / "older", shown)
    assert (finding.log, finding.partition, finding.kind) == (local_log(HOME), 0, Kind.TRUNCATED)
    assert "records 8 to 10, which it had when it was signed at 2" in finding.detail
    assert f"seen by {PEER}" in finding.detail


async def test_a_copy_that_went_on_is_another_history_and_its_first_records_are_named(tmp_path: Path) -> None:
    await write(tmp_path / "one", ONE.records[:BEFORE])
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    await write(tmp_path / "one", ONE.records[BEFORE:])
    await write(tmp_path / "other", OTHER.records[BEFORE:])
    shown = (Shown(PEER, signed(BEFORE)), Shown(PEER, signed(AFTER, time=START + 1)))
    assert await checked(tmp_path / "one", *shown) == ()
    assert await checked(tmp_path / "other") == ()
    (finding,) = await checked(tmp_path / "other", *shown)
    assert finding.kind is Kind.FORKED
    assert "different somewhere in records 8 to 10" in finding.detail


async def test_two_witnesses_of_two_histories_contradict_each_other_whatever_log_is_shown(tmp_path: Path) -> None:
    await write(tmp_path, ONE.records)
    shown = (Shown(PEER, signed(AFTER)), Shown(THIRD, signed(AFTER, OTHER_HEADS, time=START + 1)))
    both, of_log = await checked(tmp_path, *shown)
    assert both.kind is of_log.kind is Kind.FORKED
    assert f"two histories of partition 0 up to record 10, seen by {PEER} and {THIRD}" in both.detail
    assert f"seen by {THIRD}" in of_log.detail


async def test_a_roll_back_that_was_caught_up_again_is_told(tmp_path: Path) -> None:
    await write(tmp_path, ONE.records)
    shown = (Shown(PEER, signed(AFTER)), Shown(THIRD, signed(BEFORE, time=START + 1)))
    (finding,) = await checked(tmp_path, *shown)
    assert finding.kind is Kind.TRUNCATED
    assert "partition 0 was rolled back from record 10 to 7" in finding.detail
    assert await checked(tmp_path, shown[0], Shown(THIRD, signed(BEFORE, time=START + 1, node="node-2"))) == ()


@pytest.mark.parametrize(
    ("records", "sought", "found"),
    [
        (ONE.records, HEADS[BEFORE], Found.EXTENDS),
        (ONE.records, HEADS[AFTER], Found.EXTENDS),
        (OTHER.records, HEADS[BEFORE], Found.EXTENDS),
        (OTHER.records, HEADS[AFTER], Found.FORKED),
        (OTHER.records, HEADS[BEFORE + 1], Found.FORKED),
        (ONE.records[:BEFORE], HEADS[AFTER], Found.SHORT),
        ([], HEADS[1], Found.SHORT),
        ([*ONE.records[:3], *ONE.records[4:]], HEADS[AFTER], Found.SHORT),
        ([b"junk", *ONE.records], HEADS[AFTER], Found.EXTENDS),
    ],
)
async def test_a_log_that_is_read_shows_what_it_extends(
    records: list[bytes], sought: Head, found: Found, tmp_path: Path
) -> None:
    await write(tmp_path, records) if records else None
    logs = EmbeddedLogs.open(tmp_path, {local_log(HOME): 1, shared_log(HOME): 1})
    assert await read_extension(logs[local_log(HOME)], IDENTITY, 0, sought) is found
    await logs.close()
