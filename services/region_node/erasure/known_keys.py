"""Which keys the region's log knows, as a node's state tells it.

Owns which domain keys and which sealing key a node has to hold, by their files' names, and what became of one that was
made. The sealing key is decided in the first partition: the others follow what that one says. *Were each partition to
decide, two nodes that announce at once could each win some, and the region would have two cards of one number.*
"""

from collections.abc import Mapping

from replication.fold.erasing import FIRST_NUMBER, domain_in
from replication.state.state_store import Snapshot, StateStore
from services.region_node.changes.recording import row_of
from services.region_node.keys.cabinet import domain_file, numbers_in, sealing_file
from services.region_node.peers.peer_cards import card_of
from shared.crypto.sealing_keys import sealing_fingerprint
from shared.erasure.decide import Fate, fate_of
from shared.identifiers import peer_stream
from shared.identity.model import Peer

DECIDING = 0
"""The partition in which a sealing key is decided."""


class KnownKeys:
    """Of one region, which has so many buckets."""

    def __init__(self, region: str, partitions: int, buckets: int, store: StateStore) -> None:
        self._region, self._partitions, self._buckets, self._store = region, partitions, buckets, store

    def fate(self, name: str, known_by: bytes) -> Fate:
        """Of a key that was made for the file `name`."""
        with self._store.read() as snapshot:
            for bucket, epoch in numbers_in("domain", [name]):
                return fate_of(domain_in(snapshot, self._partitions, bucket), epoch, known_by)
            ((number,),) = numbers_in("sealing", [name])
            present, fingerprint = self._sealing(snapshot)
        if number > present:
            return Fate.UNDECIDED
        return Fate.TAKEN if (number, known_by) == (present, fingerprint) else Fate.DROPPED

    def wanted(self) -> Mapping[str, bytes]:
        """What a node holds that lacks nothing: the fingerprint of each key, b"" where the log tells none."""
        with self._store.read() as snapshot:
            domains = [domain_in(snapshot, self._partitions, bucket) for bucket in range(self._buckets)]
            number, fingerprint = self._sealing(snapshot)
        keys = {
            domain_file(domain.bucket, epoch): domain.known_by(epoch)
            for domain in domains
            for epoch in range(domain.closed + 1, domain.epoch + 1)
        }
        return {**keys, sealing_file(number): fingerprint}

    def _sealing(self, snapshot: Snapshot) -> tuple[int, bytes]:
        """The number and fingerprint of the region's present sealing key; b"" before one was announced."""
        own = row_of(snapshot, DECIDING, peer_stream(self._region)).state
        if not isinstance(own, Peer) or not own.card:
            return FIRST_NUMBER, b""
        return own.sealing_number, sealing_fingerprint(
            own.sealing_number, card_of(self._region, own.card).sealing_public
        )
