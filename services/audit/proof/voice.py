"""What this region and its peers say of their audit digests, in the logs of pulses, which all regions hear.

Owns both ends, in the replicator. The digests are read from the trail's books, which the auditor writes; cosignatures
that peers have made are placed as files for the auditor to append (`cosignature_round.py`). At every beat one peer
is shown what it has not cosigned, in turn, and every peer is told what was cosigned of it.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from replication.records.record import NotARecord, Record, decode_record, encode_record
from replication.state.partition_head import PartitionHead
from replication.witness.checkpoint import key_of
from services.audit.proof.inbox import CosignatureInbox
from services.audit.proof.seen_digests import SeenDigests
from services.audit.trail.books import TrailBooks
from services.audit.trail.forms import TrailUnavailable
from shared.audit.cosignature import NotACosignature, Seen, decode_cosignature
from shared.audit.digest import NotADigest, SignedHeader, Verify, decode_digest
from shared.audit.voice import HEADERS_MOST, NotAVoice, decode_voice, encode_voice, shown_first

Trouble = Callable[[str, str], None]
"""(place, what hinders there, or "")"""
PLACE = "audit digests"
ON_ITS_WAY_MILLISECONDS = 10 * 60_000
"""A digest may reach another node's books before this one's."""


class DigestVoice:
    """Of one node. `peers`: those with whom digests are exchanged. Nothing here ever stops a pulse."""

    def __init__(
        self,
        region: str,
        trail: Path,
        seen: SeenDigests,
        inbox: CosignatureInbox,
        verify: Verify,
        peers: Callable[[], Sequence[str]],
        trouble: Trouble,
        now: Callable[[], int],
    ) -> None:
        self._region, self._seen, self._inbox = region, seen, inbox
        self._verify, self._peers, self._trouble, self._now = verify, peers, trouble, now
        self._books = TrailBooks(trail)
        self._cosigned: dict[str, int] = {}
        self._beat = 0

    def own(self, _heads: Sequence[PartitionHead], *, served: bool) -> list[bytes]:
        """What the region says at this beat, if anything."""
        try:
            headers = self._shown() if served else []
            self._trouble(PLACE, "")
        except (sqlite3.Error, TrailUnavailable, NotADigest, OSError) as error:
            self._trouble(PLACE, f"the audit digests cannot be read: {error}")
            headers = []
        cosignatures = [one for peer in self._peers() if (one := self._seen.cosignature(peer))]
        if not headers and not cosignatures:
            return []
        return [encode_record(Record(encode_voice(headers, cosignatures), voice_key(self._region), b""))]

    def take(self, peer: str, encoded: bytes) -> bool:
        """Whether the entry of the peer's log is one of these."""
        if key_of(encoded) != voice_key(peer):
            return False
        try:
            voice = decode_voice(decode_record(encoded).signed)
        except (NotARecord, NotAVoice) as error:
            self._trouble(f"{PLACE} of {peer}", str(error))
            return True
        try:
            self._seen.show(peer, voice.headers)
            self._place(peer, voice.cosignatures)
            self._trouble(f"{PLACE} of {peer}", "")
        except OSError as error:
            self._trouble(f"{PLACE} of {peer}", f"what was seen of {peer} cannot be kept: {error}")
        return True

    def _shown(self) -> list[SignedHeader]:
        last, peers = self._books.last_digest(), self._peers()
        if last is None or not peers:
            return []
        self._beat += 1
        first = shown_first(last[0], self._furthest(peers[self._beat % len(peers)]))
        digests = self._books.digests(first - 1, HEADERS_MOST)
        return [decode_digest(signed).signed for _, signed in digests]

    def _furthest(self, peer: str) -> int:
        """Up to which digest the peer has cosigned; looked up once, then followed."""
        if not self._cosigned:
            self._cosigned = dict.fromkeys(self._peers(), 0)
            self._note(self._books.all_cosignatures())
        return self._cosigned.get(peer, 0)

    def _note(self, cosignatures: Iterable[bytes]) -> None:
        for encoded in cosignatures:
            with suppress(NotACosignature):
                seen = decode_cosignature(encoded, self._verify)
                self._cosigned[seen.witness] = max(self._cosigned.get(seen.witness, 0), seen.number)

    def _place(self, peer: str, cosignatures: Sequence[bytes]) -> None:
        for encoded in cosignatures:
            with suppress(NotACosignature):
                seen = decode_cosignature(encoded, self._verify)
                if (seen.witness, seen.region) == (peer, self._region):
                    self._note([encoded])
                    self._inbox.place(seen, encoded)
                    self._compare(seen)

    def _compare(self, seen: Seen) -> None:
        """What a peer has cosigned and the own books have not shows that these are not what they were."""
        with suppress(sqlite3.Error, TrailUnavailable, NotADigest):
            here = [decode_digest(signed).hash for _, signed in self._books.digests(seen.number - 1, 1)]
            if not here and self._now() - seen.time < ON_ITS_WAY_MILLISECONDS:
                return
            lost = f"the audit trail was put back or replaced: {seen.witness} has cosigned another digest {seen.number}"
            self._trouble(f"audit trail as {seen.witness} has seen it", "" if here == [seen.hash] else lost)


def voice_key(region: str) -> str:
    """The key id of a voice, which tells it from the pulses beside it."""
    return f"{region}/audit"
