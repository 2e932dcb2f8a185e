"""What stands in the content of an archive: files of the region's directory, and the records of its log.

Owns the framing: a sequence of msgpack arrays, ["file", path, bytes] and ["records", partition, records], the files
first. A path is relative to the region's directory, with forward slashes, and one of those that are kept. The shared
log is not there: it follows from the region's own log byte by byte. Neither is the root, nor any share of another
archive's key: an archive that held one would keep that other from ever expiring.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgpack

from replication.log.event_log import MAXIMUM_RECORD_BYTES, READ_BYTES
from services.backup.faults import ArchiveFault

MOST_BYTES = READ_BYTES + 2 * MAXIMUM_RECORD_BYTES
"""Of one array."""
_PATH = re.compile(r"(node\.json|card|(peers|witness)/[a-z0-9.-]+|keys/[a-z0-9-]+/[a-z0-9.-]+)")


class KeptFile(NamedTuple):
    path: str
    content: bytes


class KeptRecords(NamedTuple):
    """A run of the log's entries, as they stand there."""

    partition: int
    records: Sequence[bytes]


Kept: TypeAlias = KeptFile | KeptRecords


def encode_kept(kept: Kept) -> bytes:
    kind = "file" if isinstance(kept, KeptFile) else "records"
    encoded: bytes = msgpack.packb((kind, *kept))
    return encoded


def decode_contents(pieces: Iterable[bytes]) -> Iterator[Kept]:
    """Errors: ArchiveFault for what is no content, and for a path that leads elsewhere."""
    unpacker = msgpack.Unpacker(use_list=False, max_buffer_size=MOST_BYTES)
    fed = whole = 0
    for piece in pieces:
        unpacker.feed(piece)
        fed += len(piece)
        for value in unpacker:
            whole = unpacker.tell()
            yield _kept(value)
    if whole != fed:
        raise ArchiveFault("the archive's content ends in the middle")


def _kept(value: object) -> Kept:
    match value:
        case ("file", str() as path, bytes() as content) if _PATH.fullmatch(path) and ".." not in path:
            return KeptFile(path, content)
        case ("records", int() as partition, tuple() as records) if all(type(one) is bytes for one in records):
            return KeptRecords(partition, records)
    raise ArchiveFault("the archive holds what this version does not know")
