"""A region that its peers witness: what it says at every beat, what it asks when it starts, and how it comes home.

Owns putting the real witness rule and the real homecoming together over links that can be cut. What it has seen of its
peers lies outside of the state, and outlives crashes.
"""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from replication.log.event_log import LogUnavailable
from replication.pulses.heard import Heard, HeardPulse
from replication.pulses.pulse import FORMAT_VERSION as PULSE_VERSION
from replication.pulses.pulse import Pulse
from replication.records.position import EMPTY_HEAD, Head
from replication.state.memory_store import MemoryStore
from replication.witness.checkpoint import (
    FORMAT_VERSION,
    Checkpoint,
    Cosignature,
    Seen,
    encode_checkpoint,
    encode_cosignature,
)
from replication.witness.witness_rule import Rule
from replication.witness.witnessed import NOTHING, Witnessed, witness
from replication.writing.author import PartitionAuthor
from replication.writing.draft import UNAVAILABLE, Answer, Draft
from services.region_node.changes.recording import Place
from services.region_node.rebuild.homecoming import Homecoming
from services.region_node.rebuild.restored import Restored, mark_restored
from services.region_node.witness.asking import Asking
from services.region_node.witness.witnessed_start import Contradicted, WitnessedStart
from shared.crypto.region_identity import verify_signature
from tests.replication.written_log import IDENTITIES
from tests.simulation.link import GatedLog
from tests.simulation.lost import Relay
from tests.simulation.region import PARTITIONS, SimulatedRegion

BEAT_SECONDS = 0.3
ASK_SECONDS = 0.2
RULE = Rule(limit=86_400_000, patience=3_000)


class Moment(NamedTuple):
    """What the disk held: entries of both logs, and how many records the state had applied."""

    local: int
    shared: int
    sequence: int


class WitnessedRegion(SimulatedRegion):
    """`moments`: to which its disk may be put back. `put_back`: to which it was, until that is settled."""

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__(name, chance)
        self.peers: dict[str, WitnessedRegion] = {}
        self.seen: dict[str, Witnessed] = {}
        self.told: dict[str, int] = {}
        """By peer, how many records it has heard that this region has signed, whatever it has made of that."""
        self.heard: dict[str, Heard] = {}
        self.moments: list[Moment] = []
        self.put_back: Moment | None = None
        self.contradicted = False
        self.directory = Path()
        self.homecoming: Homecoming | None = None
        self.restored: Restored | None = None
        self.besides += [self._beat, self._come_home]

    def start(self) -> None:
        self.heard, self.contradicted = {}, False
        place = Place(self.name, "node-1", PARTITIONS, self.store, self._take_home, self.now)
        self.restored = Restored(place, self.directory)
        self.homecoming = self._homecoming(self.restored)
        super().start()

    def _homecoming(self, restored: Restored) -> Homecoming:
        peers = [SimpleNamespace(region=name) for name in self.peers]
        settings = SimpleNamespace(region=self.name, partitions=PARTITIONS, peers=peers, directory=self.directory)
        return Homecoming(
            cast(Any, settings),
            cast(Any, SimpleNamespace(identity=IDENTITIES[self.name])),
            self.store,
            self._take_home,
            self,
            {name: Relay(peer, self) for name, peer in self.peers.items()},
            cast(Any, NotRebuilding()),
            restored,
            self._again,
            self._published,
            self.now,
        )

    async def _take_home(self, draft: Draft) -> Answer:
        return await super().submit(draft)

    async def _again(self, _partition: int) -> bool:
        return any([await mirror.again() for mirror in self.mirrors])

    def _published(self, _partition: int) -> int:
        return 0 if self.publisher is None else self.publisher.published

    async def submit(self, draft: Draft) -> Answer:
        hindrance = self.homecoming.hinders(draft) if self.homecoming is not None else ""
        return Answer(UNAVAILABLE, hindrance, 0) if hindrance else await super().submit(draft)

    def forsakes(self, author: PartitionAuthor, reason: str) -> None:
        if self.homecoming is not None:
            self.homecoming.unless_away(author.forsake)(reason)

    async def _come_home(self) -> None:
        while self.homecoming is not None:
            await self.homecoming.run()
            await asyncio.sleep(ASK_SECONDS)

    async def admitted(self, author: PartitionAuthor) -> None:
        """Until a witness has confirmed the log; for ever where one contradicts it."""
        start = WitnessedStart(
            "start", MemoryStore(), self.materializer, self.identity, RULE, lambda: len(self.peers), len(self.peers),
            self.now,
        )  # fmt: skip
        start._comparison._store = self.store
        asking = Asking(self.name, _verify, start.answered, lambda *_: None)
        async with asyncio.TaskGroup() as group:
            works = [asking.ask(name, Asked(peer, self), lambda: ASK_SECONDS) for name, peer in self.peers.items()]
            works += [start.keep_settling(GatedLog(self.local, self.gate)), self._read_on(author)]
            tasks = [group.create_task(work) for work in works]
            try:
                await start.until_whole()
            except Contradicted:
                self.contradicted = True
                await asyncio.Event().wait()
            for task in tasks:
                task.cancel()
        if self.restored is not None:
            self.restored.note()

    async def _read_on(self, author: PartitionAuthor) -> None:
        while True:
            await asyncio.sleep(ASK_SECONDS)
            await self._patiently(lambda: self._read_to_end(author))

    async def _read_to_end(self, author: PartitionAuthor) -> None:
        await author.catch_up(await self.local.end(0))

    async def _beat(self) -> None:
        """Say how far it is, under its signature, to every peer that can be reached."""
        said = EMPTY_HEAD
        while True:
            head = self.materializer.head(0)
            pulse = self._pulse()
            if head.head != said and self.author is not None:
                checkpoint = Checkpoint(FORMAT_VERSION, self.name, "node-1", self.now(), (head.head,))
                signed = Seen(checkpoint, encode_checkpoint(checkpoint, IDENTITIES[self.name].sign))
                self._note_moment()
                reached = [peer._hear(self.name, pulse, signed) for peer in self.peers.values()]
                said = head.head if all(reached) else said
            else:
                for peer in self.peers.values():
                    peer._hear(self.name, pulse, None)
            await self.gate.passed()
            await asyncio.sleep(BEAT_SECONDS)

    def _pulse(self) -> Pulse:
        head = self.materializer.head(0)
        adopted: dict[str, tuple[Head, ...]] = {name: (one,) for name, one in head.adopted.items()}
        return Pulse(PULSE_VERSION, self.name, self.now(), (head.shared,), adopted)

    def _note_moment(self) -> None:
        head = self.materializer.head(0)
        moment = Moment(self.materializer.position(0), len(self.shared.entries[0]), head.head.sequence)
        if moment not in self.moments:
            self.moments.append(moment)

    def _hear(self, peer: str, pulse: Pulse, checkpoint: Seen | None) -> bool:
        if self.links[peer].is_cut or self.author is None:
            return False
        self.heard.setdefault(peer, Heard(peer, PARTITIONS)).hear(HeardPulse(pulse, b"", self.now()))
        if checkpoint is not None:
            self.seen[peer] = witness(self.seen.get(peer, NOTHING), checkpoint)
            self.peers[peer].told[self.name] = checkpoint.checkpoint.head(0).sequence
        return True

    def earlier(self) -> list[Moment]:
        """What the disk has held before the least that any peer has heard."""
        heard = min(self.told.get(name, 0) for name in self.peers)
        return [moment for moment in self.moments if moment.sequence < heard]

    def put_disk_back(self, moment: Moment, *, with_shared: bool, with_state: bool) -> None:
        """The process is down. A state that stays has read more than the log has; one that does not is built anew."""
        self.put_back = moment
        del self.local.entries[0][moment.local :]
        del self.shared.entries[0][moment.shared if with_shared else 0 :]
        self.local.late.clear()
        self.shared.late.clear()
        self.moments = [one for one in self.moments if one.sequence <= moment.sequence]
        if not with_state:
            self.lose_state()

    def settle_loss(self) -> None:
        """What operators do: the witnesses forget, and the region is marked as restored. It has to be started."""
        for peer in self.peers.values():
            peer.seen.pop(self.name, None)
            if self.name in peer.heard:
                peer.heard[self.name].let_go()
        self.told.clear()
        self.put_back = None
        self.lose_state()
        if self.homecoming is not None and not (self.directory / "restored").exists():
            mark_restored(self.directory)


class NotRebuilding:
    """The region keeps its identity."""

    former = None

    async def begin(self) -> bool:
        return True

    def lacking(self) -> str:
        return ""

    async def end(self) -> bool:
        return True


class Asked:
    """A peer that is asked what it has seen of the region. It answers before it is served itself."""

    def __init__(self, peer: WitnessedRegion, reader: WitnessedRegion) -> None:
        self._peer, self._reader = peer, reader

    async def cosigned(self, region: str) -> bytes | None:
        await self._reader.gate.passed()
        self._reader.links[self._peer.name].require()
        if not self._peer.runs:
            raise LogUnavailable("the witness is down")
        shown = self._peer.seen.get(region, NOTHING).shown()
        cosignature = Cosignature(FORMAT_VERSION, self._peer.name, region, self._peer.now(), shown)
        return encode_cosignature(cosignature, IDENTITIES[self._peer.name].sign)


def _verify(region: str, message: bytes, signature: bytes) -> bool:
    return verify_signature(IDENTITIES[region].public_bytes, message, signature)


def everybody(regions: Mapping[str, SimulatedRegion]) -> list[WitnessedRegion]:
    return [region for region in regions.values() if isinstance(region, WitnessedRegion)]
