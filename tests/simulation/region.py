"""A region as the replicator puts it together, over scripted logs and a store in memory."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cache, partial
from typing import Any, ClassVar

from replication.fold.judge import Verdict
from replication.fold.materializer import Alarm, Identity, Materializer, Outcome
from replication.fold.taking_ahead import TakingAhead
from replication.log.event_log import Entry, LogError, LogUnavailable
from replication.records.record import RecordKey
from replication.sharing.mirror import Mirror
from replication.sharing.mirror_ends import AdoptingRegion, Peer
from replication.sharing.publication import local_log, shared_log
from replication.sharing.publisher import Publisher, Signing
from replication.state.digest import partition_digest
from replication.state.memory_store import MemoryStore
from replication.state.partition_head import PartitionHead
from replication.state.state_store import COMMANDS, Snapshot, partition_prefix
from replication.state.state_store import PARTITIONS as PARTITIONS_TABLE
from replication.state.view import Moment, SnapshotView
from replication.writing.author import PartitionAuthor, Surroundings
from replication.writing.draft import Answer, Draft
from services.region_node.changes.drafting import draft_of
from services.region_node.replicator.partitions import Partition
from shared.crypto.region_identity import verify_signature
from shared.decision import Decision
from shared.erasure.events import SecretSealed
from shared.events import Event, materials_of
from shared.keys.model import Key
from tests.replication.folded_ahead import AheadHere
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import ACCOUNT, IDENTITIES, START
from tests.simulation.link import Gate, GatedLog, Link
from tests.simulation.materials import opened, wrapped

PARTITIONS = 1
LONG_ENTRIES, AHEAD_MOST = 4, 3
"""From how many entries on a log is folded ahead, and so many at a time."""
RESTART_SECONDS = 0.002
"""No process starts again within the millisecond: a new incarnation is at least as great as the clock."""


def digest_of(store: MemoryStore) -> bytes:
    with store.read() as snapshot:
        return partition_digest(snapshot, 0)


class SimulatedRegion:
    """Its logs and its store outlive crashes; `lose_state` makes the store empty."""

    remembers: ClassVar[bool] = False
    """Whether a command that the state has seen is not decided again, as in the product; else the log has to tell."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.local, self.shared = ScriptedLog(local_log(name)), ScriptedLog(shared_log(name))
        self.store = MemoryStore()
        self.alarms: list[Alarm] = []
        self.links: dict[str, Link] = {}
        self.gate = Gate()
        self.clock_ahead = 0
        """By how many milliseconds its clock is ahead of the true time, or behind it."""
        self.chance = chance
        self.identity = Identity(name, PARTITIONS, RecordKey(name, name.encode().ljust(32, b".")))
        self._counted: tuple[MemoryStore, int, int] | None = None
        """A store, its version, and how many records that holds."""
        self._sign = cache(IDENTITIES[name].sign)
        self._running: asyncio.Task[None] | None = None
        self.author: PartitionAuthor | None = None
        self.besides: list[Callable[[], Coroutine[Any, Any, None]]] = []
        """What else runs in it, for ever."""
        self.applied: Callable[[], None] = lambda: None
        """Is told when records have been applied."""
        self.mirrors: list[Mirror] = []
        self.publisher: Publisher | None = None
        self.is_gone = False
        """For good: whoever was about to start it, or to take its state, finds nothing to do any more."""

    def start(self) -> None:
        if self.is_gone:
            return
        self.materializer = Materializer(self.store, self.identity, self.alarms.append)
        self._running = asyncio.create_task(self._run())

    async def crash(self) -> None:
        self.author = None
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await asyncio.sleep(RESTART_SECONDS)

    def lose_state(self) -> None:
        if not self.is_gone:
            self.store = MemoryStore()

    async def _run(self) -> None:
        changed = asyncio.Event()
        surroundings = Surroundings(self.now, self.chance.randbytes, lambda _: self._tell(changed), lambda *_: None)
        local, shared = GatedLog(self.local, self.gate), GatedLog(self.shared, self.gate)
        author = PartitionAuthor(local, self.materializer, self.identity, "node-1", 0, surroundings)
        await self._patiently(lambda: self._catch_up(author))
        signing = Signing(self.name, self._sign)
        partition = Partition(author, Publisher(self.store, shared, signing, 0, lambda _: None), changed)
        async with asyncio.TaskGroup() as group:
            partition.start(group)
            for peer, link in self.links.items():
                partition.adopt(group, self._mirror(peer, link, author))
            self.mirrors, self.publisher = partition.mirrors, partition.publisher
            for beside in self.besides:
                group.create_task(beside())
            self.author = author

    def _tell(self, changed: asyncio.Event) -> None:
        changed.set()
        self.applied()

    async def _catch_up(self, author: PartitionAuthor) -> None:
        end = await self.local.end(0)
        await self._fold_ahead(end)
        await author.catch_up(end)
        await self.admitted(author)
        await author.open()

    async def _fold_ahead(self, end: int) -> None:
        """As a node does of a log that is long."""
        if end - self.materializer.position(0) < LONG_ENTRIES:
            return
        local = GatedLog(self.local, self.gate)
        taking = TakingAhead(local, self.materializer, self.identity.record_key, 0, end)
        await taking.run(AheadHere(self.store, self.identity), lambda: None, AHEAD_MOST)

    async def admitted(self, _author: PartitionAuthor) -> None:
        """Return once it may serve: at once, where nobody is asked."""

    def forsakes(self, author: PartitionAuthor, reason: str) -> None:
        """Its own log was lost, as a peer shows."""
        author.forsake(reason)

    @property
    def runs(self) -> bool:
        """Whether there is a process, which may be served or not."""
        return self._running is not None and not self._running.done()

    async def _patiently(self, attempt: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await attempt()
            except (LogError, RuntimeError):  # a fault of the program ends the process, and its parent starts it again
                await asyncio.sleep(1)

    def now(self) -> int:
        return START + int(asyncio.get_running_loop().time() * 1000) + self.clock_ahead

    def _mirror(self, peer: str, link: Link, author: PartitionAuthor) -> Mirror:
        identity = IDENTITIES[peer].public_bytes
        here = AdoptingRegion(
            region=self.name,
            head=lambda: self.materializer.head(0),
            submit=author.submit,
            rewrap=self.rewrapped,
            alarm=lambda verdict, reason: self.alarms.append(Alarm(0, verdict, reason)),
            trouble=lambda _: None,
            forsake=partial(self.forsakes, author),
            now=self.now,
        )
        return Mirror(Peer(peer, link, partial(verify_signature, identity)), here, 0)

    def rewrapped(self, events: tuple[Event, ...]) -> Mapping[str, bytes]:
        return {
            material.material_id: wrapped(opened(self.name, material.sealed[self.name]))
            for event in events
            for material in (event.materials if isinstance(event, SecretSealed) else materials_of(event))
            if material.sealed is not None and self.name in material.sealed
        }

    async def change(self, command_id: bytes, decide: Callable[[SnapshotView], Decision]) -> Answer | None:
        """One attempt; None where there was nothing to change. A crash meanwhile leaves it waiting for ever."""
        await self.gate.passed()
        if self.author is None:
            raise LogUnavailable("the region is down")
        with self.store.read() as snapshot:
            view = SnapshotView(snapshot, PARTITIONS, Moment(self.name, self.now()))
            if self.remembers and (first := snapshot.get(COMMANDS, partition_prefix(0) + command_id)) is not None:
                return Answer(str(Verdict.REPEATED), first.decode(), 0)
            decision = self.renewed(decide(view), snapshot)
            draft = draft_of(decision, view, 0, command_id)
        await self.hesitate()
        return await self.submit(draft) if decision.events else None

    async def submit(self, draft: Draft) -> Answer:
        """Errors: LogUnavailable."""
        if self.author is None:
            raise LogUnavailable("the region is down")
        return await self.author.submit(draft)

    async def hesitate(self) -> None:
        """What a worker does between its decision and handing it over."""

    def renewed(self, decision: Decision, _snapshot: Snapshot) -> Decision:
        """The decision as a record may hold it. Domain keys are for ever here."""
        return decision

    def keys(self) -> dict[str, Key]:
        with self.store.read() as snapshot:
            return {key.key_id: key for key in SnapshotView(snapshot, PARTITIONS).keys(ACCOUNT, "")}

    def holds(self, key_id: str, material_id: str) -> bool:
        """Whether the region has the secret."""
        with self.store.read() as snapshot:
            key = SnapshotView(snapshot, PARTITIONS).key(ACCOUNT, key_id)
        material = None if key is None else key.material(material_id)
        return material is not None and material.wrapped is not None

    def sequence(self) -> int:
        """How many records the state holds, whoever wrote it last."""
        with self.store.read() as snapshot:
            if self._counted is None or self._counted[:2] != (self.store, snapshot.version):
                head = PartitionHead.decode(snapshot.get(PARTITIONS_TABLE, partition_prefix(0))).head
                self._counted = self.store, snapshot.version, head.sequence
            return self._counted[2]

    def digest(self) -> bytes:
        return digest_of(self.store)

    def rebuilt(self) -> tuple[MemoryStore, list[Outcome]]:
        """A fold of the whole log from nothing, with other steps: the state, and what became of each record."""
        store, outcomes = MemoryStore(), list[Outcome]()
        fresh = Materializer(store, self.identity, lambda _: None)
        entries = [Entry(position, record) for position, record in enumerate(self.local.entries[0])]
        for start in range(0, len(entries), 7):
            outcomes += fresh.apply(0, entries[start : start + 7])
        return store, outcomes
