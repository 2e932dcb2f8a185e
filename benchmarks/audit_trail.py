"""How fast the audit trail takes entries up, and how soon they are found by key among many.

Owns the benchmark `audit trail`. Entries of many keys and callers, in frames as group commits make them, each an
authenticated record of an audit log, are taken up by a trail on disk: decoding, MAC, chain, the hash of every entry,
the index and the disk are in the time; making them is not. Then keys are looked up, by a reader that has just begun and
by one that has its files open. The goals are those of the project.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from replication.log.event_log import Entry
from replication.records.record import RecordKey, authenticate
from services.audit.trail.forms import Query
from services.audit.trail.trail import Trail
from services.audit.trail.writer import TrailWriter
from shared.audit.entry import FORM, AuditEntry, Identity, encode_entry
from shared.audit.frame import ChainHead, encode_frame, frame_of, head_of

RATE_GOAL = 20_000
LOOKUP_GOAL_MILLISECONDS = 100
KEY = RecordKey("benchmark", bytes(32))
ACCOUNT = "111122223333"
KEYS, RARE_EVERY, CALLERS = 5_000, 1_000_000, 50
FRAME_ENTRIES = 16
BATCH_FRAMES = 256
BEGIN = 1_700_000_000_000


def run(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="keytide-bench-") as folder:
        directory = Path(folder) / "trail"
        seconds, worked = _take_up(directory, count)
        size = sum(path.stat().st_size for path in directory.iterdir())
        print(f"audit trail: {count:,} entries, {FRAME_ENTRIES} a frame")
        print(f"  taken up           {count / seconds:10,.0f} entries/s (goal: {RATE_GOAL:,})")
        print(f"  of one core        {count / worked:10,.0f} entries in a second of its time")
        print(f"  on disk            {size / count:10,.0f} bytes an entry")
        for name, value in (("of one key", _arn(7)), ("of a rare key", _arn(-1)), ("of no key", _arn(-2))):
            first, again = _look_up(directory, value)
            goal = f"goal: {LOOKUP_GOAL_MILLISECONDS} ms"
            print(f"  {name:<18} {first:10.1f} ms at first, {again:.1f} ms again ({goal})")


def _take_up(directory: Path, count: int) -> tuple[float, float]:
    """Returns seconds that have passed, and those of the processor."""
    writer = TrailWriter(directory, KEY, lambda: BEGIN)
    writer.position("benchmark")
    seconds = worked = 0.0
    for batch in _batches(count):
        started, working = time.perf_counter(), time.process_time()
        writer.ingest(batch)
        seconds += time.perf_counter() - started
        worked += time.process_time() - working
    writer.close()
    return seconds, worked


def _look_up(directory: Path, value: str) -> tuple[float, float]:
    """Milliseconds with files that are still closed, and the median with open ones."""
    trail = Trail(directory)
    query = Query(ACCOUNT, attribute=("ResourceName", value))
    times = []
    for _ in range(10):
        started = time.perf_counter()
        trail.lookup(query)
        times.append((time.perf_counter() - started) * 1000)
    trail.close()
    return times[0], median(times[1:])


def _batches(count: int) -> Iterator[list[Entry]]:
    head = ChainHead()
    batch: list[Entry] = []
    for position, first in enumerate(range(0, count, FRAME_ENTRIES)):
        numbers = range(first, min(first + FRAME_ENTRIES, count))
        frame = frame_of("node-1/worker-1/0000000000000000", head, [_entry(number) for number in numbers])
        head = head_of(frame)
        batch.append(Entry(position, authenticate(encode_frame(frame), KEY)))
        if len(batch) == BATCH_FRAMES:
            yield batch
            batch = []
    yield batch


def _entry(number: int) -> bytes:
    key = -1 if number % RARE_EVERY == RARE_EVERY // 2 else number * 7919 % KEYS
    caller = number % CALLERS
    name = f"caller-{caller}"
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    identity = Identity("IAMUser", ACCOUNT, arn, f"AIDA{caller:016d}", f"AKIA{caller:016d}")
    return encode_entry(
        AuditEntry(
            form=FORM,
            time=BEGIN + number,
            service="kms",
            operation=("Encrypt", "Decrypt", "GenerateDataKey")[number % 3],
            identity=identity,
            request_id=f"{number:08x}-0000-4000-8000-000000000000",
            source_address=f"10.0.0.{number % 200}",
            user_agent="Boto3/1.40 md/Botocore#1.40 ua/2.1 os/linux lang/python#3.12",
            secure=True,
            parameters={"KeyId": _arn(key), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            response=None,
            additional=None,
            resources=(_arn(key),),
            error=None,
            changes=False,
            waited=True,
        )
    )


def _arn(key: int) -> str:
    return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key & 0xFFFFFFFF:08x}-1111-4222-8333-444455556666"
