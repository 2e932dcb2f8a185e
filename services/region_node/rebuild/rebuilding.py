"""A region that has lost everything and begins anew: what it does by itself until it has what its peers have.

Owns the mark `rebuilding` in the region's directory, which holds the card that the lost region had, as `keytide
rebuild begin` has placed it, and is there until the end:

1. In every partition the log begins with who this region was: what it takes back from its peers bears that identity.
2. It is complete once every peer's own word that it has readmitted the region is adopted: whatever the peer had shared
   before stands before that.
3. Its keys come back disabled. Whether they were, and what their policies here said, stood in the lost log alone; a
   key that was disabled or closed to somebody must not open because that was forgotten. Until they are, it takes no key
   material from its peers, and asks for it afterwards. The interleaving: one peer has readmitted it, and rotates a key
   that was disabled here; the other one is away for a day, and so long the key would open under the default policy.
"""

import asyncio
from pathlib import Path

from replication.state.state_store import Snapshot
from services.durable_file import place_new_file, sync_directory
from services.region_node.changes.recording import Place, row_of
from services.region_node.erasure.rewrapping import Rewrap
from services.region_node.rebuild.held_keys import disable, held_keys
from shared.crypto.region_card import RegionCard, decode_card
from shared.erasure.events import SecretSealed
from shared.events import Event, WithMaterials
from shared.keys.model import DISABLED, ENABLED
from shared.rebuild.events import RebuildBegun, RebuildEnded, readmission_stream, rebuild_stream
from shared.rebuild.model import Readmission, Rebuild

MARK = "rebuilding"


def mark_rebuilding(directory: Path, former_card: bytes) -> None:
    """Have the region that is started there begin anew. `former_card`: of the lost region, encoded."""
    place_new_file(directory / MARK, former_card)


class Rebuilding:
    """Of one node. `place` writes although the region has not come home. Errors: MalformedCard for a damaged mark."""

    def __init__(self, place: Place, identity: bytes, peers: list[str], directory: Path) -> None:
        self._place, self._identity, self._peers, self._mark = place, identity, peers, directory / MARK
        self._former = decode_card(self._mark.read_bytes()) if self._mark.exists() else None

    @property
    def former(self) -> RegionCard | None:
        """The card of the lost region; None where none is being built anew."""
        return self._former

    def without_material(self, rewrap: Rewrap) -> Rewrap:
        """As `rewrap`, but no key material is taken while the region is built anew."""

        def taken(events: tuple[Event, ...]) -> dict[str, bytes]:
            if self._former is not None:
                events = tuple(event for event in events if not isinstance(event, WithMaterials | SecretSealed))
            return rewrap(events)

        return taken

    async def begin(self) -> bool:
        """Whether every partition has the record with which it begins."""
        if self._former is None:
            return True
        begun = RebuildBegun(self._place.region, self._former.identity)
        lacking = [number for number in range(self._place.partitions) if not self._has_begun(number, begun)]
        done = await asyncio.gather(*(self._place.record(number, [begun]) for number in lacking))
        return all(done)

    def lacking(self) -> str:
        """Whose readmission is not adopted yet, in a sentence, or ""."""
        if self._former is None:
            return ""
        with self._place.store.read() as snapshot:
            partitions = range(self._place.partitions)
            silent = [peer for peer in self._peers if not all(self._is_heard(snapshot, n, peer) for n in partitions)]
        return f"the region is built anew; not readmitted yet by {', '.join(silent)}" if silent else ""

    async def end(self) -> bool:
        """Disable what has come back, and tell how much there is; whether that is done."""
        if self._former is None:
            return True
        done = [await self._end_in(partition) for partition in range(self._place.partitions)]
        if not all(done):
            return False
        self._mark.unlink(missing_ok=True)
        sync_directory(self._mark.parent)
        self._former = None
        return True

    async def _end_in(self, partition: int) -> bool:
        with self._place.store.read() as snapshot:
            rebuild = self._rebuild(snapshot, partition)
            enabled = [key for key in held_keys(snapshot, partition) if key.state == ENABLED]
        if rebuild.ended_at:
            return True
        if not await disable(self._place, partition, enabled):
            return False
        with self._place.store.read() as snapshot:
            disabled = sum(key.state == DISABLED for key in held_keys(snapshot, partition))
        ended = RebuildEnded(self._place.region, self._place.head(partition).shared.sequence, disabled)
        return await self._place.record(partition, [ended])

    def _has_begun(self, partition: int, begun: RebuildBegun) -> bool:
        with self._place.store.read() as snapshot:
            rebuild = self._rebuild(snapshot, partition)
        return rebuild.former[-1:] == (begun.former,)

    def _rebuild(self, snapshot: Snapshot, partition: int) -> Rebuild:
        state = row_of(snapshot, partition, rebuild_stream(self._place.region)).state
        return state if isinstance(state, Rebuild) else Rebuild(self._place.region, (), 0)

    def _is_heard(self, snapshot: Snapshot, partition: int, peer: str) -> bool:
        told = row_of(snapshot, partition, readmission_stream(self._place.region, peer)).state
        return isinstance(told, Readmission) and told.identity == self._identity
