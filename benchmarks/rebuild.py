"""How fast a region is rebuilt from its log, and how large and how quick to open its state is.

Owns the benchmark `rebuild`: it writes a log of `CreateKey` records (one event each, as the API writes them), folds it
from empty into LMDB with the materializer that a node runs, in one process, and opens the result as a worker does. The
baseline of the ratio is the bare work that no fold can do without, in the same run: reading the entries, one HMAC, one
SHA-256, unpacking the envelope, and one sequential and one random LMDB write a record.
"""

import asyncio
import hashlib
import hmac
import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import lmdb
import msgpack

from replication.author import READ_MOST
from replication.body import encode_change
from replication.embedded_log import EmbeddedLogs
from replication.event_log import EventLog
from replication.lmdb_store import LmdbStore
from replication.materializer import Identity, Materializer
from replication.position import EMPTY_HEAD, NO_HASH
from replication.publication import local_log
from replication.record import Author, Envelope, RecordKey, Request, authenticate, encode_envelope, record_hash
from replication.view import SnapshotView
from services.processes.collector import spare_the_collector
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


class Figures(NamedTuple):
    events: int
    events_per_second: float
    baseline_per_second: float
    log_bytes: int
    state_bytes: int
    resident_growth_bytes: int
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
    """Write the log, fold it, open the state."""
    key = RecordKey("bench", entropy.random_bytes(32))
    log = EmbeddedLogs.open(directory / "log", {local_log(REGION): 1})[local_log(REGION)]
    await write(log, records(count, key))
    store = LmdbStore(directory / "state", writer=True)
    materializer = Materializer(store, Identity(REGION, 1, key), _no_alarm)
    spare_the_collector()
    before, started = _resident_bytes(), time.perf_counter()
    store.build()
    await _fold(log, materializer)
    store.settle()
    seconds = time.perf_counter() - started
    growth = _resident_bytes() - before
    if materializer.head(PARTITION).head.sequence != count + 1:
        raise AssertionError("not every record was applied")
    state_bytes = store.size()
    store.close()
    baseline = await _baseline(log, key, directory / "baseline", count + 1)
    await log.close()
    return Figures(
        count,
        count / seconds,
        baseline,
        _size(directory / "log"),
        state_bytes,
        growth,
        _open_seconds(directory / "state"),
    )


async def write(log: EventLog, written: Iterator[bytes]) -> None:
    """Append in groups."""
    while group := tuple(islice(written, GROUP)):
        await log.append(PARTITION, group)


async def _fold(log: EventLog, materializer: Materializer) -> None:
    while entries := await log.read(PARTITION, materializer.position(PARTITION), READ_MOST):
        materializer.apply(PARTITION, entries)


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


def _resident_bytes() -> int:
    """Anonymous memory only: pages of the mapped files are the kernel's to drop."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _size(directory: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in directory.rglob("*") if path.is_file())


def _no_alarm(alarm: object) -> None:
    raise AssertionError(f"the benchmark's log raised an alarm: {alarm}")


def run(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="keytide-bench-") as directory:
        figures = asyncio.run(measure(count, Path(directory)))
    total = figures.log_bytes + figures.state_bytes
    print(f"rebuild: {figures.events:,} keys, one event each, into LMDB, one process")
    print(f"  applied            {figures.events_per_second:10,.0f} events/s")
    print(f"  baseline           {figures.baseline_per_second:10,.0f} records/s (read, HMAC, hash, unpack, two writes)")
    print(f"  ratio              {figures.events_per_second / figures.baseline_per_second:10.2f}")
    print(f"  memory grew by     {figures.resident_growth_bytes / 1e6:10.1f} MB")
    print(
        f"  state on disk      {figures.state_bytes / 1e6:10.1f} MB, {figures.state_bytes / figures.events:.0f} a key"
    )
    print(f"  log on disk        {figures.log_bytes / 1e6:10.1f} MB, {figures.log_bytes / figures.events:.0f} a key")
    print(f"  state and log      {total / 1e6:10.1f} MB")
    print(f"  opened and read in {figures.open_seconds * 1000:10.1f} ms")
