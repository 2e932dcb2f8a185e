"""A region as the replicator puts it together, over scripted logs and a store in memory."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from replication.author import PartitionAuthor, Surroundings
from replication.body import encode_change, encode_shared
from replication.digest import partition_digest
from replication.draft import Answer, Draft
from replication.event_log import Entry, LogError, LogUnavailable
from replication.materializer import Alarm, Identity, Materializer, Outcome
from replication.memory_store import MemoryStore
from replication.mirror import Home, Mirror, Peer
from replication.publication import local_log, shared_log
from replication.publisher import Publisher, Signing
from replication.record import RecordKey
from replication.view import Moment, SnapshotView
from services.region_node.partitions import Partition
from shared.crypto.region_identity import verify_signature
from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret
from shared.decision import Decision
from shared.events import Event, materials_of, stream_of
from shared.keys.model import Key
from shared.keys.saying import epoch_said
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import ACCOUNT, IDENTITIES, START

PARTITIONS = 1
RESTART_SECONDS = 0.002
"""No process starts again within the millisecond: a new incarnation is at least as great as the clock."""


def wrapped(secret: bytes) -> bytes:
    return WrappedSecret(0, 1, bytes(NONCE_LENGTH), secret).encode()


class Link:
    """How one region reads another's shared log; it can be cut."""

    def __init__(self, log: ScriptedLog) -> None:
        self._log = log
        self.cut = False

    async def read(self, partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]:
        if self.cut:
            raise LogUnavailable("the link is cut")
        entries = await self._log.read(partition, start, limit, wait_seconds)
        return [] if self.cut else entries

    async def close(self) -> None:
        pass


class SimulatedRegion:
    """Its logs and its store outlive crashes; `lose_state` makes the store empty."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.local, self.shared = ScriptedLog(local_log(name)), ScriptedLog(shared_log(name))
        self.store = MemoryStore()
        self.alarms: list[Alarm] = []
        self.links: dict[str, Link] = {}
        self._chance = chance
        self.identity = Identity(name, PARTITIONS, RecordKey(name, name.encode().ljust(32, b".")))
        self._running: asyncio.Task[None] | None = None
        self.author: PartitionAuthor | None = None
        self.detours: Callable[[], Coroutine[Any, Any, None]] | None = None
        """Reads from other regions what does not come from its own, for ever."""
        self.mirrors: list[Mirror] = []

    def start(self) -> None:
        self.materializer = Materializer(self.store, self.identity, self.alarms.append)
        self._running = asyncio.create_task(self._run())

    async def crash(self) -> None:
        self.author = None
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await asyncio.sleep(RESTART_SECONDS)

    def lose_state(self) -> None:
        self.store = MemoryStore()

    async def _run(self) -> None:
        changed = asyncio.Event()
        surroundings = Surroundings(self.now, self._chance.randbytes, lambda _: changed.set(), lambda *_: None)
        author = PartitionAuthor(self.local, self.materializer, self.identity, "node-1", 0, surroundings)
        await self._patiently(lambda: self._catch_up(author))
        signing = Signing(self.name, IDENTITIES[self.name].sign)
        partition = Partition(author, Publisher(self.store, self.shared, signing, 0, lambda _: None), changed)
        async with asyncio.TaskGroup() as group:
            partition.start(group)
            for peer, link in self.links.items():
                partition.adopt(group, self._mirror(peer, link, author))
            self.mirrors = partition.mirrors
            if self.detours is not None:
                group.create_task(self.detours())
            self.author = author

    async def _catch_up(self, author: PartitionAuthor) -> None:
        await author.catch_up(await self.local.end(0))
        await author.open()

    async def _patiently(self, attempt: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await attempt()
            except (LogError, RuntimeError):  # a fault of the program ends the process, and its parent starts it again
                await asyncio.sleep(1)

    def now(self) -> int:
        return START + int(asyncio.get_running_loop().time() * 1000)

    def _mirror(self, peer: str, link: Link, author: PartitionAuthor) -> Mirror:
        identity = IDENTITIES[peer].public_bytes
        home = Home(
            region=self.name,
            head=lambda: self.materializer.head(0),
            submit=author.submit,
            rewrap=self._rewrapped,
            alarm=lambda verdict, reason: self.alarms.append(Alarm(0, verdict, reason)),
            trouble=lambda _: None,
            forsake=author.forsake,
            now=self.now,
        )
        return Mirror(Peer(peer, link, lambda *signed: verify_signature(identity, *signed)), home, 0)

    def _rewrapped(self, events: tuple[Event, ...]) -> Mapping[str, bytes]:
        return {
            material.material_id: wrapped(material.sealed[self.name])
            for event in events
            for material in materials_of(event)
            if material.sealed is not None and self.name in material.sealed
        }

    async def change(self, command_id: bytes, decide: Callable[[SnapshotView], Decision]) -> Answer | None:
        """One attempt; None where there was nothing to change. A crash meanwhile leaves it waiting for ever."""
        if self.author is None:
            raise LogUnavailable("the region is down")
        with self.store.read() as snapshot:
            view = SnapshotView(snapshot, PARTITIONS, Moment(self.name, self.now()))
            decision = decide(view)
            streams = dict.fromkeys((*map(stream_of, decision.events), *decision.rests_on))
            draft = Draft(
                0,
                command_id,
                tuple((stream, view.revision(stream)) for stream in streams),
                key_epoch=epoch_said(decision.shared_events, view),
                shared=encode_shared(decision.shared_events) if decision.shared_events else None,
                body=encode_change(decision.answer, decision.events),
            )
        return await self.author.submit(draft) if decision.events else None

    def keys(self) -> dict[str, Key]:
        with self.store.read() as snapshot:
            return {key.key_id: key for key in SnapshotView(snapshot, PARTITIONS).keys(ACCOUNT, "")}

    def digest(self) -> bytes:
        with self.store.read() as snapshot:
            return partition_digest(snapshot, 0)

    def rebuilt(self) -> tuple[bytes, list[Outcome]]:
        """Digest and outcomes of a fold of the whole log from nothing, with other steps."""
        store, outcomes = MemoryStore(), []
        fresh = Materializer(store, self.identity, self.alarms.append)
        entries = [Entry(position, record) for position, record in enumerate(self.local.entries[0])]
        for start in range(0, len(entries), 7):
            outcomes += fresh.apply(0, entries[start : start + 7])
        with store.read() as snapshot:
            return partition_digest(snapshot, 0), outcomes
