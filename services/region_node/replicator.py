"""The replicator of a node: the one process that writes its region's log and state.

Owns the order of its start: the socket for the workers, state, logs, catching up to the end that the log had, a new
incarnation in every partition, then publisher, mirrors and timers. The region serves cryptography from its state while
all this goes on, unless that state has to be built first (`building.py`); it is ready once it has caught up.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeAlias

import uvloop

from replication.author import PartitionAuthor, Surroundings
from replication.draft import UNAVAILABLE, Answer, Draft
from replication.event_log import LogError
from replication.known_log import require_known_log
from replication.lmdb_store import LmdbStore
from replication.materializer import Identity, Materializer
from replication.mirror import Home, Mirror, Peer
from replication.publication import shared_log
from replication.publisher import Publisher, Signing
from services.clock import now_milliseconds
from services.processes.collector import spare_the_collector
from services.processes.heartbeat import beat
from services.region_node.administration import Administration
from services.region_node.alias_conflicts import AliasConflicts
from services.region_node.building import Building
from services.region_node.due import DueChanges
from services.region_node.erasure import Erasure
from services.region_node.federation import Federation
from services.region_node.finishing import Finishing
from services.region_node.giving import Giving
from services.region_node.handing_on import HandingOn
from services.region_node.key_files import open_keys
from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.node_logs import NodeLogs, open_own_logs
from services.region_node.operator import Operator
from services.region_node.own_state import require_own_state
from services.region_node.partitions import Partition, kept_running
from services.region_node.peer_cards import PeerCards
from services.region_node.promoting import Promoting
from services.region_node.region_keys import RegionKeys
from services.region_node.replicator_questions import SUBMIT_SECONDS
from services.region_node.replicator_server import ReplicatorServer
from services.region_node.replicator_status import ReplicatorStatus
from services.region_node.rewrapping import rewrapped
from services.region_node.scrub_of_node import NodeScrub
from services.region_node.settings import NodeSettings, outside_machines
from services.region_node.standing import Standing
from services.region_node.state_care import suspect
from services.region_node.vault import RegionVault
from shared.crypto import entropy

log = logging.getLogger(__name__)

TIMER_SECONDS = 60.0
GIVING_SECONDS = 1.0
DETOUR_SECONDS = 1.0
RETRY_SECONDS = 1.0
Work: TypeAlias = Callable[[], Awaitable[None]]


class Replicator:
    """Everything that the process holds."""

    def __init__(self, settings: NodeSettings, keys: RegionKeys) -> None:
        self._settings = settings
        self._keys = keys
        self._signing = Signing(settings.region, keys.identity.sign)
        self._status = ReplicatorStatus()
        self._store = LmdbStore(settings.state_directory, writer=True, damaged=partial(suspect, settings))
        require_own_state(self._store)
        self._identity = Identity(settings.region, settings.partitions, keys.record_key)
        self._materializer = Materializer(self._store, self._identity, self._status.alarm)
        self._building = Building(self._store, self._materializer)
        self._cards = PeerCards(self._store, settings.partitions)
        self._vault = RegionVault(keys, settings.partitions, self._cards)
        self._partitions: list[Partition] = []
        self._said = ""
        self._administration = Administration(settings, self._store, self._vault, self, now_milliseconds)
        self._key_stores = KeyStores(
            outside_machines(settings), settings.region, self._vault.open_secret, now_milliseconds
        )
        self._standing = Standing(
            settings,
            self._signing,
            self._store,
            self._materializer,
            self._status,
            lambda *signed: self._federation.verify(*signed),
            now_milliseconds,
        )
        self._federation = Federation(
            settings,
            keys,
            self._cards,
            self._administration.admit_peers,
            self._mirror,
            self._standing.pulses.hear,
            self._status.trouble,
            now_milliseconds,
        )
        self._handing_on = HandingOn(
            settings, self._store, keys.record_key, self._federation, self._standing.pulses, self._status
        )
        self._due = DueChanges(
            settings.region,
            settings.partitions,
            self._store,
            self._vault,
            self._administration.change,
            self._key_stores.destroy,
            now_milliseconds,
            self._standing.pulses.clock_agrees,
        )
        self._giving = Giving(settings.region, settings.partitions, self._store, self._administration.change)
        change, pulses = self._administration.change, self._standing.pulses
        self._finishing = Finishing(settings, self._store, change, self._materializer.head, pulses, now_milliseconds)
        self._promoting = Promoting(
            settings, self._store, self._vault, change, self._materializer.head, pulses, now_milliseconds
        )
        self._conflicts = AliasConflicts(settings.partitions, self._store)
        self._erasure = Erasure(settings, keys, self._store, self._vault, self.submit, self._standing.pulses)
        self._status.erasure = self._erasure.gauges
        self._scrub = NodeScrub(settings, keys, self._store, self._status)

    async def run(self) -> None:
        """Start, and run until cancelled; then close everything. Errors: StoreFailed."""
        async with AsyncExitStack() as closing:
            closing.callback(self._store.close)
            await self._run(closing)

    async def _run(self, closing: AsyncExitStack) -> None:
        operator = Operator(self._administration, self._promoting.answers, self._erasure.answers)
        standing = self._standing
        adoption = standing.acknowledgements.reached
        server = ReplicatorServer(self.submit, operator.answer, self._told, standing.reach, adoption)
        await server.start(self._settings.replicator_socket)
        closing.push_async_callback(server.close)
        logs = await self._logs()
        closing.push_async_callback(logs.close)
        partitions = [self._partition(logs, number) for number in range(self._settings.partitions)]
        await self._catch_up(logs, [partition.author for partition in partitions])
        async with asyncio.TaskGroup() as group:
            for partition in partitions:
                partition.start(group)
            self._partitions = partitions
            offered = {**self._handing_on.offered(logs, closing), **standing.offered()}
            await self._federation.open(logs.shared, offered, group, closing)
            await self._federation.admit(partitions)
            standing.start(logs.shared, self._federation, group)
            for name, seconds, work in self._own_work():
                group.create_task(kept_running(name, partial(_every, seconds, work)))
            self._scrub.start(logs, group, closing)
            self._status.hindrance = ""
            log.info("ready")

    async def _logs(self) -> NodeLogs:
        """The region's own logs; waits while they are away, or are not those that the state was built from."""
        while True:
            try:
                return await self._known_logs()
            except LogError as error:
                self._hindered(f"the region's log cannot be opened: {error}", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _known_logs(self) -> NodeLogs:
        logs = await open_own_logs(self._settings)
        try:
            await require_known_log(self._store, logs.local)
        except BaseException:
            await logs.close()  # a process opens an embedded log only once: the next try must find it closed
            raise
        return logs

    def _hindered(self, reason: str, error: LogError) -> None:
        """Said once for as long as it lasts."""
        self._status.hindrance = reason
        if reason != self._said:
            self._said = reason
            log.error(reason, extra={"remedy": error.remedy})

    def _partition(self, logs: NodeLogs, number: int) -> Partition:
        changed = asyncio.Event()

        def applied(partition: int) -> None:
            self._building.look(partition)
            changed.set()
            self._standing.acknowledging.applied(partition)

        def trouble(_partition: int, reason: str) -> None:
            self._status.trouble(f"{logs.local.name}/{number}", reason)

        surroundings = Surroundings(now_milliseconds, entropy.random_bytes, applied, trouble)
        author = PartitionAuthor(
            logs.local, self._materializer, self._identity, self._settings.node, number, surroundings
        )
        shared_trouble = partial(self._status.trouble, f"{logs.shared.name}/{number}")
        publisher = Publisher(self._store, logs.shared, self._signing, number, shared_trouble)
        return Partition(author, publisher, changed)

    async def _catch_up(self, logs: NodeLogs, authors: list[PartitionAuthor]) -> None:
        """Fold to the end that the log has now, then open new incarnations."""
        while True:
            try:
                ends = await asyncio.gather(*(logs.local.end(author.partition) for author in authors))
                self._building.expect({author.partition: end for author, end in zip(authors, ends, strict=True)})
                for author, end in zip(authors, ends, strict=True):
                    self._status.hindrance = f"partition {author.partition} is being caught up"
                    self._status.progress = partial(self._caught_up, author.partition, end)
                    await author.catch_up(end)
                    self._building.look(author.partition)
                self._building.mark()
                waiting = self._materializer.waiting()
                await asyncio.gather(*(author.open() for author in authors if author.partition not in waiting))
                return
            except LogError as error:
                self._building.mark()  # what is whole does not wait for a log that is away
                self._hindered(f"the region's log cannot be read: {error}", error)
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._status.progress = str

    def _caught_up(self, partition: int, end: int) -> str:
        return f"{self._materializer.position(partition):,} of {end:,} entries read"

    def _mirror(self, peer: Peer, partition: Partition) -> Mirror:
        number = partition.number
        home = Home(
            region=self._settings.region,
            head=lambda: self._materializer.head(number),
            submit=partition.author.submit,
            rewrap=partial(rewrapped, self._vault, self._settings.region, number, domain_of=self._erasure.domain_of),
            alarm=partial(self._status.mirror_alarm, number),
            trouble=partial(self._status.trouble, f"{shared_log(peer.region)}/{number}"),
            forsake=partition.author.forsake,
            now=now_milliseconds,
        )
        return Mirror(peer, home, number)

    async def submit(self, draft: Draft, seconds: float = SUBMIT_SECONDS) -> Answer:
        if not 0 <= draft.partition < len(self._partitions):
            return Answer(UNAVAILABLE, f"the region does not write yet: {self._status.hindrance}", 0)
        return await self._partitions[draft.partition].author.submit(draft, seconds)

    def _told(self) -> dict[str, object]:
        return self._status.gather(self._store, self._materializer, self._partitions)

    def _own_work(self) -> tuple[tuple[str, float, Work], ...]:
        """What the node does by itself: how often, in seconds. None of it waits for another."""
        return (
            ("secrets", TIMER_SECONDS, self._administration.due_secrets.run),
            ("due changes", TIMER_SECONDS, self._due.run),
            ("alias conflicts", TIMER_SECONDS, self._look),
            ("admission of peers", TIMER_SECONDS, partial(self._federation.admit, self._partitions)),
            ("giving", GIVING_SECONDS, self._giving.run),
            ("detours", DETOUR_SECONDS, partial(self._handing_on.look, self._partitions)),
            ("finishing", GIVING_SECONDS, self._finishing.run),
            *self._promoting.work(self._status),
            ("erasure", TIMER_SECONDS, self._erasure.run),
        )

    async def _look(self) -> None:
        self._conflicts.look()
        self._status.alias_conflicts = self._conflicts.count


async def _every(seconds: float, work: Work) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)


async def _run(settings: NodeSettings) -> None:
    running = asyncio.create_task(Replicator(settings, open_keys(settings)).run())
    beating = asyncio.create_task(beat())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        log.info("stopped")
    finally:
        beating.cancel()


def main(settings: NodeSettings) -> None:
    """Run the replicator of the node until SIGTERM."""
    spare_the_collector()
    uvloop.run(_run(settings))
