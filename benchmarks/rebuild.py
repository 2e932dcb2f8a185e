"""How fast a region is rebuilt from its log, and how large and how quick to open its state is.

Owns the benchmark `rebuild`: it writes a log of `CreateKey` records (one event each, as the API writes them), folds it
from empty into LMDB as a node does, with a second process that folds ahead, then by one process alone, holds the two
states against each other, and opens the result as a worker does. The baseline of the ratio is the bare work that no
fold can do without, in the same run: reading the entries, one HMAC, one SHA-256, unpacking the envelope, and one
sequential and one random LMDB write a record.
"""

import asyncio
import hashlib
import hmac
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

import lmdb
import msgpack

from replication.fold.materializer import Identity, Materializer
from replication.fold.taking_ahead import TakingAhead
from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import EventLog
from replication.records.body import encode_change
from replication.records.position import EMPTY_HEAD, NO_HASH
from replication.records.record import Author, Envelope, RecordKey, Request, authenticate, encode_envelope, record_hash
from replication.sharing.publication import local_log
from replication.state.digest import partition_digest
from replication.state.lmdb_store import LmdbStore
from replication.state.view import SnapshotView
from replication.writing.author import READ_MOST
from services.processes.collector import spare_the_collector
from services.region_node.state.folding_ahead import FoldingProcess
from shared.crypto import entropy
from shared.events import KeyCreated, MaterialBorn
from shared.identifiers import key_stream

USER_AGENT = (
    "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython "
    "cfg/retry-mode#legacy Botocore/1.44.5"
)
REGION, ACCOUNT, PARTITION = "us-east-1", "111122223333", 0
GROUP = 2_000
"""Records in one append."""
MILLISECONDS_APART = 1_000
"""A million keys in eleven days: what is older than the memory of command ids is forgotten on the way."""


class Rebuilt(NamedTuple):
    """A state folded from empty. `beside_bytes`: anonymous memory of the second process, where there is one."""

    seconds: float
    resident_growth_bytes: int
    beside_bytes: int
    state_bytes: int
    digest: bytes


class Figures(NamedTuple):
    events: int
    rebuilt: Rebuilt
    alone: Rebuilt
    baseline_per_second: float
    log_bytes: int
    open_seconds: float


def records(count: int, key: RecordKey) -> Iterator[bytes]:
    """An author's opening and `count` records, each the creation of a key."""
    previous = NO_HASH
    for number in range(count + 1):
        signed = encode_envelope(_envelope(number, previous))
        previous = record_hash(signed)
        yield authenticate(signed, key)


def _envelope(number: int, previous: bytes) -> Envelope:
    key_id, time_ms = entropy.key_id(), 1_790_000_000_000 + number * MILLISECONDS_APART
    material = MaterialBorn(entropy.material_id(), key_id, time_ms, entropy.random_bytes(70))
    event = KeyCreated(ACCOUNT, key_id, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", (material,))
    opening = number == 0
    return Envelope(
        format=1,
        least_reader=1,
        record_id=entropy.random_bytes(16),
        command_id=None if opening else entropy.random_bytes(16),
        author=Author(REGION, "bench", 1),
        sequence=number,
        previous=previous,
        seen_sequence=EMPTY_HEAD.sequence,
        seen_digest=EMPTY_HEAD.digest,
        log=local_log(REGION),
        partition=PARTITION,
        time=time_ms,
        streams=() if opening else ((key_stream(ACCOUNT, key_id), 0),),
        domain=None if opening else (PARTITION, 1),
        key_epoch=None,
        origin=None,
        adopted=None,
        request=None if opening else _request(),
        shared=None,
        body=None if opening else encode_change(key_id, [event]),
    )


def _request() -> Request:
    caller, agent = f"arn:aws:iam::{ACCOUNT}:user/administrator", USER_AGENT
    return Request(caller, "AKIAABCDEFGHIJKLMNOP", entropy.key_id(), "127.0.0.1:40000", agent, "CreateKey", {})


async def measure(count: int, directory: Path) -> Figures:
    """Write the log, fold it in both ways, open the state."""
    key = RecordKey("bench", entropy.random_bytes(32))
    log = EmbeddedLogs.open(directory / "log", {local_log(REGION): 1})[local_log(REGION)]
    await write(log, records(count, key))
    spare_the_collector()
    rebuilt = await _rebuilt(log, key, directory / "state", _fold_as_a_node)
    alone = await _rebuilt(log, key, directory / "alone", _fold_alone)
    if rebuilt.digest != alone.digest:
        raise AssertionError("two processes have made another state than one")
    baseline = await _baseline(log, key, directory / "baseline", count + 1)
    await log.close()
    return Figures(count, rebuilt, alone, baseline, _size(directory / "log"), _open_seconds(directory / "state"))


Fold: TypeAlias = Callable[[EventLog, Materializer, Identity, Path], Awaitable[int]]
"""Fold the whole log; the anonymous memory of a second process."""


async def _rebuilt(log: EventLog, key: RecordKey, directory: Path, fold: Fold) -> Rebuilt:
    store, identity = LmdbStore(directory, writer=True), Identity(REGION, 1, key)
    materializer = Materializer(store, identity, _no_alarm)
    os.sync()  # what was written before is not to be brought to the disk meanwhile
    before, started = _anonymous_bytes("self"), time.perf_counter()
    store.build()
    beside = await fold(log, materializer, identity, directory)
    store.settle()
    seconds, growth = time.perf_counter() - started, _anonymous_bytes("self") - before
    if materializer.position(PARTITION) != await log.end(PARTITION):
        raise AssertionError("not every record was applied")
    with store.read() as snapshot:
        rebuilt = Rebuilt(seconds, growth, beside, store.size(), partition_digest(snapshot, PARTITION))
    store.close()
    return rebuilt


async def _fold_as_a_node(log: EventLog, materializer: Materializer, identity: Identity, directory: Path) -> int:
    end = await log.end(PARTITION)
    with FoldingProcess(identity, directory) as process:
        await TakingAhead(log, materializer, identity.record_key, PARTITION, end).run(process, lambda: None)
        return _anonymous_bytes(str(process.pid))


async def _fold_alone(log: EventLog, materializer: Materializer, _identity: Identity, _directory: Path) -> int:
    while entries := await log.read(PARTITION, materializer.position(PARTITION), READ_MOST):
        materializer.apply(PARTITION, entries)
    return 0


async def write(log: EventLog, written: Iterator[bytes]) -> None:
    """Append in groups."""
    while group := tuple(islice(written, GROUP)):
        await log.append(PARTITION, group)


async def _baseline(log: EventLog, key: RecordKey, directory: Path, count: int) -> float:
    """Records a second of the work that no fold can do without."""
    environment = lmdb.open(str(directory), map_size=1 << 40, max_dbs=2, sync=False)
    sequential, scattered = environment.open_db(b"sequential"), environment.open_db(b"scattered")
    position, started = 0, time.perf_counter()
    while entries := await log.read(PARTITION, position, READ_MOST):
        with environment.begin(write=True) as transaction:
            for entry in entries:
                signed, _, _ = msgpack.unpackb(entry.record, use_list=False)
                hmac.digest(key.secret, signed, "sha256")
                digest = hashlib.sha256(signed).digest()
                msgpack.unpackb(signed, use_list=False, strict_map_key=False)
                transaction.put(entry.position.to_bytes(8, "big"), digest, db=sequential)
                transaction.put(digest, signed[:300], db=scattered)
        position = entries[-1].position + 1
    environment.sync(True)
    environment.close()
    return count / (time.perf_counter() - started)


def _open_seconds(directory: Path) -> float:
    """From nothing to the first key read, as a worker that starts."""
    started = time.perf_counter()
    store = LmdbStore(directory, writer=False)
    with store.read() as snapshot:
        if next(SnapshotView(snapshot, 1).keys(ACCOUNT, ""), None) is None:
            raise AssertionError("the rebuilt state holds no key")
    store.close()
    return time.perf_counter() - started


def _anonymous_bytes(process: str) -> int:
    """Anonymous memory only: pages of the mapped files are the kernel's to drop."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _size(directory: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in directory.rglob("*") if path.is_file())


def _no_alarm(alarm: object) -> None:
    raise AssertionError(f"the benchmark's log raised an alarm: {alarm}")


def run(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="keytide-bench-") as directory:
        figures = asyncio.run(measure(count, Path(directory)))
    rebuilt, events = figures.rebuilt, figures.events
    applied, alone = (events / way.seconds for way in (rebuilt, figures.alone))
    total = figures.log_bytes + rebuilt.state_bytes
    print(f"rebuild: {events:,} keys, one event each, into LMDB")
    print(f"  applied            {applied:10,.0f} events/s, a second process folding ahead, as in a node")
    print(f"  applied alone      {alone:10,.0f} events/s, by one process; the states are equal")
    print(f"  baseline           {figures.baseline_per_second:10,.0f} records/s (read, HMAC, hash, unpack, two writes)")
    print(f"  ratios             {applied / figures.baseline_per_second:10.2f}")
    print(f"    alone            {alone / figures.baseline_per_second:10.2f}")
    print(f"  memory grew by     {rebuilt.resident_growth_bytes / 1e6:10.1f} MB")
    print(f"    second process   {rebuilt.beside_bytes / 1e6:10.1f} MB in all")
    print(f"    alone            {figures.alone.resident_growth_bytes / 1e6:10.1f} MB")
    print(f"  state on disk      {rebuilt.state_bytes / 1e6:10.1f} MB, {rebuilt.state_bytes / events:.0f} a key")
    print(f"  log on disk        {figures.log_bytes / 1e6:10.1f} MB, {figures.log_bytes / events:.0f} a key")
    print(f"  state and log      {total / 1e6:10.1f} MB")
    print(f"  opened and read in {figures.open_seconds * 1000:10.1f} ms")
