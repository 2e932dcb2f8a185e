"""Where a partition stands: the arithmetic of chains.

Owns `Head`: a sequence and the running hash up to it.
"""

import hashlib

import msgspec

NO_HASH = bytes(32)


class Head(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How far a sequence reaches and the hash that covers everything up to there."""

    sequence: int
    digest: bytes


EMPTY_HEAD = Head(0, NO_HASH)


# A copy of it is made in half the time of a new one, for which OpenSSL looks the algorithm up.
_EMPTY_HASH = hashlib.sha256()


def extend(head: Head, record_hash: bytes) -> Head:
    """The head after one more record: the running hash covers all the record hashes in their order."""
    running = _EMPTY_HASH.copy()
    running.update(head.digest + record_hash)
    return Head(head.sequence + 1, running.digest())
