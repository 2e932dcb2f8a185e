"""Buckets: which of a region's domain keys wraps a secret.

Owns the function from a secret's binding to its bucket. Bucket b lies in partition b mod partitions, so that each
partition opens with its own domain keys. A region has as many buckets as keys were made for at its birth, for ever: so
many a partition, of which the last wraps what travels in tokens and never stands in a log. A region of one bucket a
partition wraps all under it.
"""

import hashlib
from typing import NamedTuple

from shared.identifiers import partition_of

BUCKETS_A_PARTITION = 17
"""Of a new region: 16 for what stands in its log, and one for tokens."""
TOKEN_KINDS = frozenset(("import-token", "session"))
"""The first part of the bindings of what only travels: it is gone with the client's copy."""


class Buckets(NamedTuple):
    """`all`: how many the region has, a multiple of its `partitions`."""

    partitions: int
    all: int

    def of(self, account: str, binding: str) -> int:
        """The bucket of a secret of `account` that is bound to `kind/account/name…`: a name's secrets share one."""
        kind, *named = binding.split("/", 3)[:3]
        slots = self.all // self.partitions
        return partition_of(account, self.partitions) + self.partitions * _slot(kind, "/".join(named), slots)

    def carries_tokens(self, bucket: int) -> bool:
        """Whether what only travels is wrapped in it."""
        return bucket // self.partitions == self.all // self.partitions - 1


def _slot(kind: str, name: str, slots: int) -> int:
    if slots == 1:
        return 0
    if kind in TOKEN_KINDS:
        return slots - 1
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % (slots - 1)
