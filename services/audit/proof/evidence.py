"""What a check of an audit trail reads: a trail's directory, or a file that was made of one.

Owns both forms of evidence, and the file's: msgpack `bin` objects one after the other, the first [LABEL, region], then
digests, cosignatures, what retention has dropped ([DROPPED, the fields of `DroppedChain`]), which entries were never
got ([HOLE, chain, first entry behind it]) and frames, each in the form that it has in the audit log.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import msgpack
import msgspec

from services.audit.proof.index_check import index_findings
from services.audit.proof.labels import label_of
from services.audit.trail.books import TrailBooks
from services.audit.trail.forms import TrailUnavailable
from services.audit.trail.segment import open_to_read, segments_in
from shared.audit.arrival import AfterHole
from shared.audit.cosignature import LABEL as COSIGNATURE
from shared.audit.digest import LABEL as DIGEST
from shared.audit.digest import NotADigest, decode_digest
from shared.audit.findings import Finding
from shared.audit.frame import LABEL as FRAME
from shared.audit.verification import DroppedChain

LABEL = "keytide audit proof 1"
DROPPED = "keytide audit dropped 1"
HOLE = "keytide audit hole 1"
OBJECT_BYTES_MOST = 16 << 20


class _Head(msgspec.Struct, array_like=True, frozen=True):
    label: str
    region: str


class _Dropped(msgspec.Struct, array_like=True, frozen=True):
    label: str
    chain: DroppedChain


class _Hole(msgspec.Struct, array_like=True, frozen=True):
    label: str
    chain: str
    after: int


_read_head = msgspec.msgpack.Decoder(_Head).decode
_read_dropped = msgspec.msgpack.Decoder(_Dropped).decode
_read_hole = msgspec.msgpack.Decoder(_Hole).decode
_write = msgspec.msgpack.Encoder().encode
_DAMAGED = (sqlite3.Error, TrailUnavailable, msgspec.DecodeError, msgpack.UnpackException, ValueError, TypeError)


class Placed(NamedTuple):
    """A frame, and where it lies."""

    frame: bytes
    place: str


class Evidence(Protocol):
    """Read in this order: what was signed first, for a trail that is at work only grows meanwhile.

    Errors of all: EvidenceDamaged.
    """

    def cosignatures(self) -> Sequence[bytes]: ...

    def digests(self) -> Sequence[tuple[int, bytes]]: ...

    def dropped(self) -> Sequence[DroppedChain]: ...

    def after_holes(self) -> Sequence[AfterHole]: ...

    def frames(self) -> Iterator[Placed]: ...

    def index_findings(self) -> Iterator[Finding]:
        """What the index says otherwise than the frames."""

    def frame_count(self) -> int:
        """About, to show how far the reading is."""


class EvidenceDamaged(Exception):
    """A file cannot be read as what it was written as. The message names it."""


class TrailEvidence:
    """The trail in this directory, also while its auditor is at work."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._books = directory, TrailBooks(directory)

    def cosignatures(self) -> Sequence[bytes]:
        with _damage(self._directory):
            return [_bytes(signed) for signed in self._books.all_cosignatures()]

    def digests(self) -> Sequence[tuple[int, bytes]]:
        with _damage(self._directory):
            return [(number, _bytes(signed)) for number, signed in self._books.digests(0)]

    def dropped(self) -> Sequence[DroppedChain]:
        with _damage(self._directory):
            return [chain for segment in self._books.dropped() for chain in segment.chains]

    def after_holes(self) -> Sequence[AfterHole]:
        with _damage(self._directory):
            return [(hole.chain, hole.last + 1) for hole in self._books.holes()]

    def frames(self) -> Iterator[Placed]:
        """A file that cannot be read is one that is no frame; the others are read."""
        for _, path in segments_in(self._directory):
            try:
                yield from _frames_in(path)
            except (sqlite3.Error, TrailUnavailable) as error:
                yield Placed(b"", f"{path} cannot be read: {error}")

    def index_findings(self) -> Iterator[Finding]:
        return index_findings(self._directory)

    def frame_count(self) -> int:
        return sum(map(_count_in, segments_in(self._directory)))

    def close(self) -> None:
        self._books.close()


class FileEvidence:
    """A file that `write_evidence` has made. `region`: whose trail it is. Errors: EvidenceDamaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        head = next(self._objects(), b"")
        if label_of(head) != LABEL:
            raise EvidenceDamaged(f"{path}: it holds no proof of an audit trail")
        self.region = _read_head(head).region

    def cosignatures(self) -> Sequence[bytes]:
        return list(self._of(COSIGNATURE))

    def digests(self) -> Sequence[tuple[int, bytes]]:
        return [(_number(encoded, place), encoded) for place, encoded in enumerate(self._of(DIGEST), 1)]

    def dropped(self) -> Sequence[DroppedChain]:
        with _damage(self._path):
            return [_read_dropped(encoded).chain for encoded in self._of(DROPPED)]

    def after_holes(self) -> Sequence[AfterHole]:
        with _damage(self._path):
            return [(hole.chain, hole.after) for hole in map(_read_hole, self._of(HOLE))]

    def frames(self) -> Iterator[Placed]:
        known = {LABEL, DIGEST, COSIGNATURE, DROPPED, HOLE}
        for place, encoded in enumerate(self._objects()):
            if label_of(encoded) not in known:
                yield Placed(encoded, f"object {place} of {self._path}")

    def index_findings(self) -> Iterator[Finding]:
        """A file has no index."""
        return iter(())

    def frame_count(self) -> int:
        return sum(label_of(encoded) == FRAME for encoded in self._objects())

    def close(self) -> None:
        """Nothing stays open."""

    def _of(self, label: str) -> Iterator[bytes]:
        return (encoded for encoded in self._objects() if label_of(encoded) == label)

    def _objects(self) -> Iterator[bytes]:
        with self._path.open("rb") as file, _damage(self._path):
            yield from _read_objects(file)


def write_evidence(file: BinaryIO, region: str, evidence: Evidence) -> None:
    """Errors: EvidenceDamaged, OSError."""
    pack = msgpack.Packer().pack
    file.write(pack(_write(_Head(LABEL, region))))
    signed: Iterable[bytes] = [*evidence.cosignatures(), *(encoded for _, encoded in evidence.digests())]
    dropped = (_write(_Dropped(DROPPED, chain)) for chain in evidence.dropped())
    holes = (_write(_Hole(HOLE, *hole)) for hole in evidence.after_holes())
    for encoded in (*signed, *dropped, *holes):
        file.write(pack(encoded))
    for placed in evidence.frames():
        file.write(pack(placed.frame))


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """What cannot be read is damaged."""
    try:
        yield
    except _DAMAGED as fault:
        raise EvidenceDamaged(f"{path} cannot be read: {fault}") from fault


def _bytes(value: object) -> bytes:
    """What stands in a row: nothing, where it is of another type."""
    return value if isinstance(value, bytes) else b""


def _frames_in(path: Path) -> Iterator[Placed]:
    with closing(open_to_read(path)) as segment:
        for ordinal, frame in segment.execute("SELECT ordinal, frame FROM frames ORDER BY ordinal"):
            yield Placed(_bytes(frame), f"frame {ordinal} in {path.name}")


def _count_in(segment: tuple[int, Path]) -> int:
    with suppress(sqlite3.Error, TrailUnavailable), closing(open_to_read(segment[1])) as opened:
        return int(opened.execute("SELECT count(*) FROM frames").fetchone()[0])
    return 0


def _read_objects(file: BinaryIO) -> Iterator[bytes]:
    unpacker = msgpack.Unpacker(file, max_buffer_size=OBJECT_BYTES_MOST)
    for found in unpacker:
        if not isinstance(found, bytes):
            raise EvidenceDamaged("it holds something that is no part of a proof")
        yield found
    if unpacker.tell() != file.tell():
        raise EvidenceDamaged("it ends in the middle of something")


def _number(encoded: bytes, place: int) -> int:
    try:
        return decode_digest(encoded).header.number
    except NotADigest:
        return place
