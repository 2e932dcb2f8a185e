"""Where a partition stands: the arithmetic of chains.

Owns `Head`: a sequence and the running hash up to it.
"""

import hashlib
from typing import NamedTuple

NO_HASH = bytes(32)


class Head(NamedTuple):
    """How far a sequence reaches and the hash that covers everything up to there."""

    sequence: int
    digest: bytes


EMPTY_HEAD = Head(0, NO_HASH)


def extend(head: Head, record_hash: bytes) -> Head:
    """The head after one more record: the running hash covers all the record hashes in their order."""
    return Head(head.sequence + 1, hashlib.sha256(head.digest + record_hash).digest())
