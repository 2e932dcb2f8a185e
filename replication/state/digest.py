"""The digest of a partition's state: equal digests mean byte-identical state.

Owns the canonical form, which has its own version: SHA-256 over every row of the digested tables in key order, each
value preceded by its length.
"""

import hashlib

from replication.state.state_store import DIGESTED, Snapshot, partition_prefix

DIGEST_VERSION = 2


def partition_digest(snapshot: Snapshot, partition: int) -> bytes:
    """32 bytes over all that the fold has made of the partition's log."""
    digest = hashlib.sha256(b"keytide state %d" % DIGEST_VERSION)
    prefix = partition_prefix(partition)
    for table in DIGESTED:
        digest.update(len(table).to_bytes(4, "big") + table)
        for key, value in snapshot.scan(table, prefix, prefix):
            digest.update(len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value)
    return digest.digest()
