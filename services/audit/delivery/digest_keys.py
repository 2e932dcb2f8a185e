"""The keys under which digest files are signed: where the private one is kept, and how everybody learns the public one.

Owns its name in the cabinet, which the replicator writes alone, and the announcement: a msgpack array [LABEL, public
key (PKCS #1, DER), from when it signs (milliseconds)] in the audit log, from where it comes into the books of every
node's trail. Nothing is signed under a key before that.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec

from services.audit.proof.digest_round import LOST_MILLISECONDS
from services.audit.trail.books import TrailBooks
from services.region_node.keys.cabinet import Cabinet
from services.region_node.keys.root import KeysUnavailable
from shared.audit.digest import decode_digest
from shared.crypto.digest_key import DigestKey, key_fingerprint

LABEL = "keytide audit digest key 1"
FILE = "audit-digest.1"
FOREVER = 253_402_300_799_000
"""The end of the year 9999, in milliseconds: until then a key is valid that no other has followed."""

Announced = Callable[[], Awaitable[DigestKey | None]]
"""The key, once the region's trail has its public half."""


class _Announcement(msgspec.Struct, array_like=True, frozen=True):
    label: str
    public: bytes
    since: int


class PublicDigestKey(NamedTuple):
    """`public`: PKCS #1, DER. Valid from `start` to `end`, milliseconds since 1970."""

    public: bytes
    fingerprint: str
    start: int
    end: int


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Announcement).decode


def make_digest_key(cabinet: Cabinet) -> None:
    """Make sure that there is one. For the one process that writes the cabinet. Errors: KeysUnavailable."""
    if FILE not in cabinet.names():
        cabinet.add(FILE, DigestKey.generate())


def public_digest_keys(books: TrailBooks) -> Sequence[PublicDigestKey]:
    """All that the region has ever announced, the earliest first. Errors: sqlite3.Error."""
    announced = [_read(told) for told in books.digest_keys()]
    return [PublicDigestKey(one.public, key_fingerprint(one.public), one.since, FOREVER) for one in announced]


def take_digest_key(books: TrailBooks, signed: bytes) -> bool:
    """Whether it is an announcement that can be read: then the books have it, once."""
    try:
        announcement = _read(signed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if announcement.label != LABEL:
        return False
    known = {_read(told).public for told in books.digest_keys()}
    if announcement.public not in known:
        books.add_digest_key(len(known) + 1, signed)
    return True


class Announcing:
    """Call it for the key, until the books have it. Errors: LogError, TrailUnavailable, sqlite3.Error."""

    def __init__(
        self,
        cabinet: Cabinet,
        books: TrailBooks,
        append: Callable[[bytes], Awaitable[None]],
        now: Callable[[], int],
    ) -> None:
        self._cabinet, self._books, self._append, self._now = cabinet, books, append, now
        self._key: DigestKey | None = None
        self._known = False
        self._sent_at: int | None = None

    async def __call__(self) -> DigestKey | None:
        if self._known:
            return self._key
        self._key = self._key or self._opened()
        if self._key is None:
            return None
        public = self._key.public_bytes
        self._known = any(one.public == public for one in public_digest_keys(self._books))
        if not self._known and not self._is_on_its_way():
            await self._append(_write(_Announcement(LABEL, public, self._since())))
            self._sent_at = self._now()
        return self._key if self._known else None

    def _is_on_its_way(self) -> bool:
        """What was announced and does not come back was lost with its log, and is announced again."""
        return self._sent_at is not None and abs(self._now() - self._sent_at) < LOST_MILLISECONDS

    def _since(self) -> int:
        """It signs for the first period that there is, whenever that was."""
        first = next(iter(self._books.digests(0, 1)), None)
        return self._now() if first is None else decode_digest(first[1]).header.start

    def _opened(self) -> DigestKey | None:
        """None until the replicator has made it."""
        try:
            return DigestKey(self._cabinet.open(FILE)) if FILE in self._cabinet.names() else None
        except (KeysUnavailable, ValueError):
            return None
