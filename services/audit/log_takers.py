"""What stands in the audit log beside frames, and what signed digests say of the chains.

Owns who takes digests, cosignatures and keys of delivered files, and up to which entry of each chain a digest vouches.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from services.audit.delivery.digest_keys import take_digest_key
from services.audit.proof.books_taker import BooksTaker
from services.audit.trail.books import TrailBooks
from services.audit.trail.writer import Taker
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import NodeSettings
from shared.audit.digest import decode_digest


def takers_of(settings: NodeSettings, keys: RegionKeys, books: TrailBooks) -> Sequence[Taker]:
    """Who takes what is no frame."""
    proof = BooksTaker(settings.region, keys.identity.public_bytes, books)
    return proof.take, partial(take_digest_key, books)


class Covered:
    """Of each chain, the number of the last entry that a digest in the books vouches for."""

    def __init__(self, books: TrailBooks) -> None:
        self._books = books
        self._until: dict[str, int] = {}
        self._read = 0

    def __call__(self) -> Mapping[str, int]:
        """Errors: sqlite3.Error."""
        for number, signed in self._books.digests(self._read):
            for row in decode_digest(signed).rows:
                self._until[row.chain] = max(row.number, self._until.get(row.chain, 0))
            self._read = number
        return self._until
