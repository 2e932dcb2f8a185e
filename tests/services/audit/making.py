"""Entries, frames and records of an audit log, as the tests of the trail need them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from replication.log.event_log import Entry
from replication.records.record import RecordKey, authenticate
from services.audit.spool.chain import Chain
from services.audit.spool.files import SpoolFiles
from services.audit.spool.frames import ReadFrame, tip_before, whole_frames
from services.audit.trail.newest import SegmentSizes
from services.audit.trail.trail import Trail
from services.audit.trail.writer import TrailWriter
from shared.audit.entry import FORM, AuditEntry, Identity, Origin, encode_entry
from shared.audit.frame import ChainHead, Frame, encode_frame, frame_of, head_of

KEY = RecordKey("region", b"k" * 32)
NOW = 1_700_000_000_000
OWN, OTHER = "111111111111", "222222222222"
CHAIN = "node-1/worker-1/00000000000000aa"


def key_arn(number: int, account: str = OWN) -> str:
    return f"arn:aws:kms:us-east-1:{account}:key/{number:032x}"


def entry(
    number: int = 0,
    *,
    time: int | None = None,
    account: str = OWN,
    user: str = "ann",
    operation: str = "Encrypt",
    resources: tuple[str, ...] = (),
    error: tuple[str, str] | None = None,
    changes: bool = False,
    origin: Origin | None = None,
) -> AuditEntry:
    """The entry of a call with request id `request-<number>`."""
    return AuditEntry(
        form=FORM,
        time=NOW + number if time is None else time,
        service="kms",
        operation=operation,
        identity=Identity("IAMUser", account, f"arn:aws:iam::{account}:user/{user}", f"AIDA{user}", f"AKIA{user}"),
        request_id=f"request-{number}",
        source_address="192.0.2.1",
        user_agent="test",
        secure=True,
        parameters=None,
        response=None,
        additional=None,
        resources=resources,
        error=error,
        changes=changes,
        waited=True,
        origin=origin,
    )


class Chaining:
    """Makes the frames of a chain, one after the other."""

    def __init__(self, name: str = CHAIN) -> None:
        self.name, self.head = name, ChainHead()

    def frame(self, *entries: AuditEntry) -> Frame:
        made = frame_of(self.name, self.head, [encode_entry(each) for each in entries])
        self.head = head_of(made)
        return made

    def frames(self, count: int, first: int = 0) -> list[Frame]:
        """Of one entry each."""
        return [self.frame(entry(number)) for number in range(first, first + count)]


class SpooledChain:
    """A chain in the files of a spool."""

    def __init__(self, spool: Path, name: str, segment_bytes: int = 1_000_000) -> None:
        self._chain, self._files = Chain(name), SpoolFiles(spool, segment_bytes=segment_bytes)

    def write(self, entries: Sequence[bytes]) -> None:
        """As one frame."""
        self._files.append(self._chain.name, *self._chain.next(entries))

    def close(self) -> None:
        self._files.close()


def frames_in(segment: Path) -> Iterator[ReadFrame]:
    """The whole frames of a segment of a spool."""
    return whole_frames(segment.read_bytes(), "/".join(segment.parts[-4:-1]), tip_before(int(segment.stem)))


def record(frame: Frame) -> bytes:
    return authenticate(encode_frame(frame), KEY)


def batch(records: Sequence[Frame | bytes], position: int = 0) -> list[Entry]:
    """As read from an audit log."""
    encoded = [each if isinstance(each, bytes) else record(each) for each in records]
    return [Entry(place, each) for place, each in enumerate(encoded, position)]


def opened(directory: Path, run: int = 4, segment: int = 10, now: int = NOW) -> TrailWriter:
    """With runs and segments so small that a test has several."""
    return TrailWriter(directory, KEY, lambda: now, sizes=SegmentSizes(run, segment))


def archived(directory: Path) -> list[tuple[str, int]]:
    """Chain and number of every entry of the trail there, in the order of arrival."""
    got: list[tuple[str, int]] = []
    with closing(Trail(directory)) as trail:
        after = 0
        while frames := trail.frames(after, 500):
            for _, frame in frames:
                got.extend((frame.chain, number) for number in range(frame.first, frame.last + 1))
            after = frames[-1].ordinal
    return got
