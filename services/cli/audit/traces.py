"""What tells that a region had signed digests where its trail shows none: a trail that is gone is not a new one.

Owns where that is looked for: the mark of how far digests had come, and the embedded audit log. What peers have seen
is held against the digests themselves.
"""

from collections.abc import Iterator
from contextlib import closing, suppress

from replication.log.embedded_environment import EmbeddedEnvironment
from replication.log.event_log import READ_BYTES, LogError
from replication.records.record import NotARecord, decode_record
from services.audit.audit_log import PARTITION, PARTITIONS, audit_log
from services.audit.proof.labels import label_of
from services.audit.proof.rounds import MARK
from services.audit.trail.books import FILE
from services.audit.trail.segment import segments_in
from services.region_node.settings.settings import NodeSettings
from shared.audit.digest import LABEL
from shared.audit.findings import Finding, Kind

READ_AT_ONCE = 1_000


def is_anything_there(settings: NodeSettings) -> bool:
    """Whether there is a trail, or part of one."""
    trail = settings.trail_directory
    return (trail / FILE).exists() or bool(segments_in(trail))


def traces(settings: NodeSettings) -> Iterator[Finding]:
    """Of digests that the trail does not have, asked where it has none. Errors: OSError."""
    if not (settings.trail_directory / FILE).exists() and segments_in(settings.trail_directory):
        yield _gone("the books of the trail are not there")
    if (settings.trail_directory.parent / MARK).exists():
        yield _gone(f"{settings.trail_directory.parent / MARK} says that there were digests, and the trail has none")
    with suppress(LogError):
        if _has_logged(settings):
            yield _gone("the audit log has digests, and the trail has none")


def _has_logged(settings: NodeSettings) -> bool:
    name, directory = audit_log(settings.region), settings.audit_log_directory
    if not any(directory.glob("*.mdb")):
        return False
    with closing(EmbeddedEnvironment.open(directory, {name: PARTITIONS}, readonly=True, limit_bytes=1 << 40)) as log:
        position, end = log.extent(name, PARTITION)
        while position < end:
            entries = log.read(name, PARTITION, position, READ_AT_ONCE, READ_BYTES)
            if any(_is_digest(entry.record) for entry in entries):
                return True
            if not entries:
                break
            position = entries[-1].position + 1
    return False


def _is_digest(encoded: bytes) -> bool:
    with suppress(NotARecord):
        return label_of(decode_record(encoded).signed) == LABEL
    return False


def _gone(what: str) -> Finding:
    return Finding(Kind.DIGEST_MISSING, "", 0, 0, what)
