"""A region that was restored from a backup: it comes home before it changes anything.

Owns when it has. The mark `restored`, in the region's directory, is made by `keytide restore`. As long as it is there
the region changes nothing of its own (adoptions go on): every peer has to say, by a pulse of after this
start, how much of what this region had shared it has adopted; what is more than the region has is fetched from the
peers, as the region itself has signed it. The interleaving that this guards against: the region was backed up at
number 5 of what it shares and went on to 7; restored, it shares another 6; and its peers hold two histories of it for
ever.

A peer that is gone for good is taken out of the settings; until then it may be the only one that knows.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from replication.body import Adoption, encode_adoption
from replication.draft import Draft
from replication.event_log import Entry, LogError
from replication.head import PartitionHead
from replication.heard import Heard, HeardPulse
from replication.publication import shared_log
from replication.record import NotARecord, decode_envelope, decode_record, record_hash
from replication.state_store import PARTITIONS, StateStore, partition_prefix
from services.clock import now_milliseconds
from services.durable_file import place_new_file, sync_directory
from services.region_node.recording import Submit
from services.region_node.region_keys import RegionKeys
from services.region_node.settings import NodeSettings
from shared.crypto.region_identity import verify_signature

log = logging.getLogger(__name__)

MARK = "restored"
_TAKEN = ("applied", "frozen")


class Carrier(Protocol):
    """A peer that hands on what it has adopted."""

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        """Records of `region` from number `start` on, in their order. Errors: LogError."""


class Hearing(Protocol):
    """What is heard of the peers, by region."""

    @property
    def heard(self) -> Mapping[str, Heard]: ...


def mark_restored(directory: Path) -> None:
    """Have the region that is started there come home first."""
    place_new_file(directory / MARK, b"Restored from a backup. This file goes once the region has come home.\n")


class Homecoming:
    """Of one node, in its replicator. `carriers`: by region, as they are at the moment. `now`: integer milliseconds."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        submit: Submit,
        pulses: Hearing,
        carriers: Mapping[str, Carrier],
        now: Callable[[], int] = now_milliseconds,
    ) -> None:
        self._region, self._partitions = settings.region, settings.partitions
        self._peers = sorted(peer.region for peer in settings.peers)
        self._mark = settings.directory / MARK
        self._identity = keys.identity.public_bytes
        self._store, self._submit, self._pulses, self._carriers = store, submit, pulses, carriers
        self._since = now()
        awaited = "the region was restored, and its peers have not said yet what they have of it"
        self.hindrance = awaited if self._mark.exists() else ""
        """Why the region changes nothing, or ""."""

    async def run(self) -> None:
        """One round."""
        if not self.hindrance:
            return
        self.hindrance = self._unheard() or await self._lacking()
        if not self.hindrance:
            self._mark.unlink(missing_ok=True)
            sync_directory(self._mark.parent)
            log.info("the region has come home: its peers have nothing of it that it lacks")

    def _unheard(self) -> str:
        silent = [peer for peer in self._peers if (pulse := self._latest(peer)) is None or pulse.as_of < self._since]
        return f"the region was restored; not heard since: {', '.join(silent)}" if silent else ""

    def _latest(self, peer: str) -> HeardPulse | None:
        heard = self._pulses.heard.get(peer)
        return None if heard is None else heard.latest

    async def _lacking(self) -> str:
        """Fetch what is lacking; says what still is."""
        lacking = [partition for partition in range(self._partitions) if not await self._fetched(partition)]
        if not lacking:
            return ""
        return f"the region was restored; its peers have adopted more of partition {lacking[0]} than could be fetched"

    async def _fetched(self, partition: int) -> bool:
        """Whether all that any peer has is here now."""
        for peer, carrier in [*self._carriers.items()]:
            if self._has_more(peer, partition):
                await self._fetch(partition, peer, carrier)
        return not any(self._has_more(peer, partition) for peer in self._peers)

    def _has_more(self, peer: str, partition: int) -> bool:
        latest = self._latest(peer)
        if latest is None:
            return False
        return latest.pulse.adopted_of(self._region, partition).sequence >= self._next(partition)

    async def _fetch(self, partition: int, peer: str, carrier: Carrier) -> None:
        try:
            while await self._take(partition, await carrier.read(self._region, partition, self._next(partition))):
                pass
        except LogError as error:
            log.warning("a peer cannot be asked for what was lost", extra={"peer": peer, "reason": str(error)})

    def _next(self, partition: int) -> int:
        with self._store.read() as snapshot:
            head = PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition)))
        return head.shared.sequence + 1

    async def _take(self, partition: int, entries: Sequence[Entry]) -> bool:
        """Whether it led any further."""
        before = self._next(partition)
        for entry in entries:
            draft = self._draft(partition, entry.record)
            if draft is None or (await self._submit(draft)).verdict not in _TAKEN:
                break
        return self._next(partition) > before

    def _draft(self, partition: int, encoded: bytes) -> Draft | None:
        """None for what this region has not signed, or has signed for another place."""
        try:
            record = decode_record(encoded)
            envelope = decode_envelope(record.signed)
        except NotARecord:
            return None
        is_own = (envelope.log, envelope.partition) == (shared_log(self._region), partition)
        if not is_own or not verify_signature(self._identity, record.signed, record.proof):
            return None
        return Draft(
            partition=partition,
            command_id=None,
            streams=tuple((stream, None) for stream, _ in envelope.streams),
            key_epoch=envelope.key_epoch,
            origin=(self._region, envelope.sequence, record_hash(record.signed)),
            adopted=envelope.adopted,
            body=encode_adoption(Adoption(encoded, {})),
        )
