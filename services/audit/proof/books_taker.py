"""What the audit log has beside frames: digests and cosignatures, which go into the books of the trail.

Owns which count. Of the digests of one number the first in the log does, if its region has signed it and it does not
contradict the one before: two nodes may make the same period's, and all nodes read the log in one order. A node that
was away longer than the log is kept goes on behind a gap, which a check tells. Whoever appended a cosignature has
verified it, and a check does again.
"""

import logging
from collections.abc import Callable, Mapping

from services.audit.proof.labels import label_of
from services.audit.trail.books import TrailBooks
from shared.audit.cosignature import LABEL as COSIGNATURE
from shared.audit.cosignature import NotACosignature, decode_cosignature
from shared.audit.digest import LABEL as DIGEST
from shared.audit.digest import Digest, Last, NotADigest, decode_digest, has_signed, last_of
from shared.crypto.region_identity import verify_signature

REFUSED = "proofs refused"
"""Under which name the books count what does not count."""

log = logging.getLogger(__name__)


class BooksTaker:
    """Of one region, which has this identity."""

    def __init__(self, region: str, identity: bytes, books: TrailBooks) -> None:
        self._region, self._identity, self._books = region, identity, books
        self._takers: Mapping[str, Callable[[bytes], None]] = {DIGEST: self._digest, COSIGNATURE: self._cosignature}

    def take(self, signed: bytes) -> bool:
        """Whether it is one of these."""
        taker = self._takers.get(label_of(signed))
        if taker is None:
            return False
        taker(signed)
        return True

    def _digest(self, signed: bytes) -> None:
        try:
            digest = decode_digest(signed)
        except NotADigest as error:
            self._refuse("digest", str(error))
            return
        why = self._against(digest)
        if why:
            self._refuse("digest", why)
        elif digest.header.number > last_digest(self._books).number:
            self._books.add_digest(digest.header.number, signed)

    def _against(self, digest: Digest) -> str:
        """Why it does not count; "" where nothing is against it."""
        header, last = digest.header, last_digest(self._books)
        if header.region != self._region or not has_signed(self._region, digest.signed, self._is_own):
            return f"digest {header.number} is not signed by {self._region}"
        if header.number == last.number + 1 and header.previous != last.hash:
            return f"digest {header.number} does not rest on digest {last.number}"
        return ""

    def _cosignature(self, signed: bytes) -> None:
        try:
            seen = decode_cosignature(signed, _unverified)
        except NotACosignature as error:
            self._refuse("cosignature", str(error))
            return
        if seen.region != self._region:
            self._refuse("cosignature", f"it is about {seen.region}")
        else:
            self._books.add_cosignature(seen.number, signed)

    def _is_own(self, _region: str, message: bytes, signature: bytes) -> bool:
        return verify_signature(self._identity, message, signature)

    def _refuse(self, what: str, why: str) -> None:
        self._books.count(REFUSED)
        log.error("an entry of the audit log does not count", extra={"what": what, "reason": why})


def last_digest(books: TrailBooks) -> Last:
    """What the next digest goes on from."""
    told = books.last_digest()
    return Last() if told is None else last_of(decode_digest(told[1]))


def last_witnessed(books: TrailBooks) -> int:
    """The latest time at which a peer has cosigned the last digest that any has, by its clock; 0 before the first."""
    return max((decode_cosignature(signed, _unverified).time for signed in books.last_cosignatures()), default=0)


def _unverified(_region: str, _message: bytes, _signature: bytes) -> bool:
    return True
