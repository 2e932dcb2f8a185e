"""What stands in the audit log beside frames, and what signed digests say of the chains.

Owns where digests and cosignatures are put, and up to which entry of each chain a digest vouches.
"""

from collections.abc import Mapping, Sequence

from services.audit.trail_books import TrailBooks
from services.audit.trail_writer import Taker


def takers(_books: TrailBooks) -> Sequence[Taker]:
    """Who takes what is no frame: one for each label."""
    return ()


def covered(_books: TrailBooks) -> Mapping[str, int]:
    """Of each chain, the number of the last entry that a signed digest vouches for."""
    return {}
