"""A region that was restored from a backup: what it holds of after the archive comes back disabled.

Owns the mark `restored` in the region's directory, which `keytide restore` places, and `restored-keys` beside it: the
keys that the archive held, noted before anything is adopted. Of a key that the region made or was given since, its own
word is lost: that it was disabled, that its policy here was changed. It must not open because that was forgotten,
whoever made it. So as long as the mark stands the region takes no material for such a key; at the end the key is
disabled, and the material is asked for afterwards, as in a region that is built anew (`rebuild/rebuilding.py`).

The interleaving: a peer made a key and gave it to the region, which closed it by its policy; the region is lost, and
restored from before; the peer's record is adopted again, and the key opens under the policy that it was given with.
So the end waits until all is adopted that peers had shared by the start. The interleaving: the region had shared
nothing since, has all of its own at once, and ends before it has read of the key in the peer's log.
"""

from collections.abc import Sequence
from pathlib import Path

import msgpack

from replication.pulses.pulse import Pulse
from replication.records.position import EMPTY_HEAD
from services.durable_file import place_new_file, sync_directory
from services.region_node.changes.recording import Place, row_of
from services.region_node.erasure.rewrapping import Rewrap
from services.region_node.rebuild.held_keys import disable, held_keys
from shared.erasure.events import SecretSealed
from shared.events import Event, WithMaterials
from shared.identifiers import key_stream, partition_of
from shared.keys.model import ENABLED, Key

MARK = "restored"
NOTED = "restored-keys"


def mark_restored(directory: Path) -> None:
    """Have the region that is started there come home first."""
    place_new_file(directory / MARK, b"Restored from a backup. This file goes once the region has come home.\n")


class Restored:
    """Of one node. `place` writes although the region has not come home. `note` first: once the log of the archive is
    read, and before anything is adopted.
    """

    def __init__(self, place: Place, directory: Path) -> None:
        self._place, self._mark, self._noted = place, directory / MARK, directory / NOTED
        self._held: dict[str, int] = {}
        self._awaited: dict[tuple[str, int], int] = {}
        """Peer and partition -> how many of its records are waited for."""
        self.pending = self._mark.exists()
        """Whether the region has not come home since."""

    def note(self) -> None:
        """Which keys the archive held, and since when each was here. A start after the first finds it noted."""
        if not self.pending:
            return
        if not self._noted.exists():
            held = (key for partition in range(self._place.partitions) for key in self._keys(partition))
            place_new_file(self._noted, msgpack.packb({_stream(key): key.created_at for key in held}))
        self._held = msgpack.unpackb(self._noted.read_bytes())

    def without_material(self, rewrap: Rewrap) -> Rewrap:
        """As `rewrap`, but until the region has come home no material is taken for a key that has come since."""

        def taken(events: tuple[Event, ...]) -> dict[str, bytes]:
            return rewrap(tuple(event for event in events if not (self.pending and self._brings_to_new(event))))

        return taken

    def lacking(self, said: Sequence[Pulse]) -> str:
        """What is not adopted yet of what peers had shared by the start, in a sentence, or "".

        `said`: a pulse of each, of after the start. The least that they have said since counts: peers that go on are
        not waited for for ever, nor is what one has lost that was restored itself meanwhile, where nobody has it.
        """
        if not self.pending:
            return ""
        places = ((pulse.region, partition) for pulse in said for partition in range(self._place.partitions))
        for place in places:
            shared = max(pulse.adopted_of(*place).sequence for pulse in said)
            self._awaited[place] = min(self._awaited.get(place, shared), shared)
        for (peer, partition), number in self._awaited.items():
            here = self._place.head(partition).adopted.get(peer, EMPTY_HEAD).sequence
            if here < number:
                told = f"it has adopted {here} of the {number} records of {peer}'s partition {partition}"
                return f"the region was restored; {told}"
        return ""

    async def end(self) -> bool:
        """Disable what has come since; whether that is done."""
        if not self.pending:
            return True
        for partition in range(self._place.partitions):
            came = [key for key in self._keys(partition) if self._held.get(_stream(key)) != key.created_at]
            if not await disable(self._place, partition, [key for key in came if key.state == ENABLED]):
                return False
        self._mark.unlink(missing_ok=True)
        self._noted.unlink(missing_ok=True)
        sync_directory(self._mark.parent)
        self.pending = False
        return True

    def _keys(self, partition: int) -> list[Key]:
        with self._place.store.read() as snapshot:
            return [*held_keys(snapshot, partition)]

    def _brings_to_new(self, event: Event) -> bool:
        """Also to one that the archive held, which the region has let go since, and was given anew."""
        if not isinstance(event, WithMaterials | SecretSealed):
            return False
        stream = key_stream(event.account, event.key_id)
        with self._place.store.read() as snapshot:
            key = row_of(snapshot, partition_of(event.account, self._place.partitions), stream).state
        return not (isinstance(key, Key) and key.held_here and self._held.get(stream) == key.created_at)


def _stream(key: Key) -> str:
    return key_stream(key.account, key.key_id)
