"""What the audit log has beside frames: digests and cosignatures, which go into the books of the trail.

Owns which count. Of the digests of one number the first in the log does, if its region has signed it and it does not
contradict the one before: two nodes may make the same period's, and all nodes read the log in one order. A node that
was away longer than the log is kept goes on behind a gap, which a check tells. Whoever appended a cosignature has
verified it, and a check does again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping

from services.audit.proof.labels import label_of
from services.audit.trail_books import TrailBooks
from shared.audit.cosignature import LABEL as COSIGNATURE
from shared.audit.cosignature import NotACosignature, decode_cosignature
from shared.audit.digest import LABEL as DIGEST
from shared.audit.digest import Last, NotADigest, decode_digest, has_signed, last_of
from shared.crypto.region_identity import verify_signature

log = logging.getLogger(__name__)


class BooksTaker:
    """Of one region, which has this identity."""

    def __init__(self, region: str, identity: bytes, books: TrailBooks) -> None:
        self._region, self._identity, self._books = region, identity, books
        self._takers: Mapping[str, Callable[[bytes], str]] = {DIGEST: self._digest, COSIGNATURE: self._cosignature}
        self.met: Counter[str] = Counter()

    def take(self, signed: bytes) -> bool:
        """Whether it is one of these."""
        taker = self._takers.get(label_of(signed))
        if taker is None:
            return False
        self.met[taker(signed)] += 1
        return True

    def _digest(self, signed: bytes) -> str:
        try:
            digest = decode_digest(signed)
        except NotADigest as error:
            return self._refused("digest", str(error))
        if digest.header.region != self._region or not has_signed(self._region, digest.signed, self._is_own):
            return self._refused("digest", f"digest {digest.header.number} is not signed by {self._region}")
        last = last_digest(self._books)
        if digest.header.number <= last.number:
            return "digests passed over"
        if digest.header.number == last.number + 1 and digest.header.previous != last.hash:
            return self._refused("digest", f"digest {digest.header.number} does not rest on digest {last.number}")
        self._books.add_digest(digest.header.number, signed)
        return "digests"

    def _cosignature(self, signed: bytes) -> str:
        try:
            seen = decode_cosignature(signed, _unverified)
        except NotACosignature as error:
            return self._refused("cosignature", str(error))
        if seen.region != self._region:
            return self._refused("cosignature", f"it is about {seen.region}")
        self._books.add_cosignature(seen.number, signed)
        return "cosignatures"

    def _is_own(self, _region: str, message: bytes, signature: bytes) -> bool:
        return verify_signature(self._identity, message, signature)

    def _refused(self, what: str, why: str) -> str:
        log.error("an entry of the audit log does not count", extra={"what": what, "reason": why})
        return f"{what}s refused"


def last_digest(books: TrailBooks) -> Last:
    """What the next digest goes on from."""
    told = books.last_digest()
    return Last() if told is None else last_of(decode_digest(told[1]))


def _unverified(_region: str, _message: bytes, _signature: bytes) -> bool:
    return True
