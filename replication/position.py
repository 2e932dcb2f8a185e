"""Where a partition stands: hashes, heads, and the arithmetic of chains.

Owns `Position` (what a write's answer can name) and `Head` (a sequence and the running hash up to it). A broker's
offset is not a position: it is the log adapter's private matter.
"""

import hashlib
from typing import NamedTuple

NO_HASH = bytes(32)


class Position(NamedTuple):
    """One record's place: the region whose log holds it, its partition, its sequence there and its hash."""

    region: str
    partition: int
    sequence: int
    record_hash: bytes


class Head(NamedTuple):
    """How far a sequence reaches and the hash that covers everything up to there."""

    sequence: int
    digest: bytes


EMPTY_HEAD = Head(0, NO_HASH)


def extend(head: Head, record_hash: bytes) -> Head:
    """The head after one more record: the running hash covers all the record hashes in their order."""
    return Head(head.sequence + 1, hashlib.sha256(head.digest + record_hash).digest())
