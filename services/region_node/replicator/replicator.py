"""The replicator of a node: what alone writes its region's log and state.

Owns the order of its start: the socket for the workers, state, the questions to the witnesses, logs, catching up to the
end that the log had; once a witness has confirmed the log, a new incarnation in every partition, then publisher,
mirrors and timers. The region serves cryptography from its state as soon as that is confirmed, unless it has to be
built first (`building.py`); it is ready once it has caught up.
"""

import asyncio
import logging
from contextlib import AsyncExitStack
from functools import partial

from replication.fold.materializer import Identity, Materializer
from replication.log.event_log import LogError
from replication.sharing.mirror import Mirror
from replication.sharing.mirror_ends import AdoptingRegion, Peer
from replication.sharing.publication import shared_log
from replication.sharing.publisher import Publisher, Signing
from replication.state.lmdb_store import LmdbStore
from replication.writing.author import Surroundings
from replication.writing.draft import UNAVAILABLE, UNWITNESSED, Answer, Draft
from services.clock import now_milliseconds
from services.region_node.kafka.watch import LOOK_SECONDS
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.vault import RegionVault
from services.region_node.nodes.in_turn import InTurn
from services.region_node.nodes.region_nodes import RegionNodes
from services.region_node.operator.administration import Administration
from services.region_node.operator.answering import Operator
from services.region_node.operator.questions import Verb
from services.region_node.own_work.rounds import TIMER_SECONDS, OwnWork, Work
from services.region_node.peers.federation import Federation, IdentityReplaced
from services.region_node.peers.handing_on import HandingOn
from services.region_node.peers.peer_cards import PeerCards
from services.region_node.pulses.standing import Standing
from services.region_node.rebuild.returning import Returning
from services.region_node.replicator.node_logs import NodeLogs
from services.region_node.replicator.opening import known_logs, open_for_writing
from services.region_node.replicator.partitions import Partition, every, heed_a_stop, kept_running
from services.region_node.replicator.passages import Passages
from services.region_node.replicator.questions import SUBMIT_SECONDS
from services.region_node.replicator.server import ReplicatorServer
from services.region_node.replicator.status import ReplicatorStatus, with_lease
from services.region_node.scrub.of_node import NodeScrub
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.building import Building
from services.region_node.state.catching_up import CatchingUp
from services.region_node.state.folding_ahead import FoldingAhead
from services.region_node.state.outdated import Outdated, OwnVersion
from services.region_node.state.own_state import require_own_state
from services.region_node.state.state_care import suspect
from services.region_node.witness.node_witness import NodeWitness
from services.region_node.witness.witnessed_start import Contradicted
from services.tracing.starting import tracing_of
from shared.crypto import entropy

log = logging.getLogger(__name__)

DETOUR_SECONDS = 1.0
RETRY_SECONDS = 1.0


class Replicator:
    """Everything that the process holds."""

    def __init__(self, settings: NodeSettings, keys: RegionKeys, start: str = "") -> None:
        self._settings, self._keys = settings, keys
        self._signing = Signing(settings.region, keys.identity.sign)
        self._status = ReplicatorStatus()
        self._store = LmdbStore(settings.state_directory, writer=True, damaged=partial(suspect, settings))
        require_own_state(self._store)
        self._identity = Identity(settings.region, settings.partitions, keys.record_key)
        self._materializer = Materializer(self._store, self._identity, self._status.alarm)
        self._version = OwnVersion(self._store)
        self._building = Building(self._store, self._materializer)
        ahead = FoldingAhead(
            self._identity, settings.state_directory, self._materializer, lambda: self._nodes.reading.note()
        )
        self._catching_up = CatchingUp(self._materializer, ahead, self._building, self._status, self._hindered)
        self._cards = PeerCards(self._store, settings.partitions)
        self._vault = RegionVault(keys, settings.partitions, self._cards)
        self._partitions: list[Partition] = []
        self._writes = asyncio.Event()
        self._said = ""
        self._administration = Administration(settings, self._store, self._vault, self, now_milliseconds)
        self._witness = NodeWitness(
            settings, keys, start, self._store, self._materializer, self._status, lambda: self._federation
        )
        self._nodes = RegionNodes(settings, keys, self._store, self._materializer, self, now_milliseconds)
        self._standing = Standing(
            settings,
            self._signing,
            self._store,
            self._materializer,
            self._status,
            lambda *signed: self._federation.verify(*signed),
            self._witness.beside,
            now_milliseconds,
            self._nodes,
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
            self._status.kafka.add,
        )
        self._handing_on = HandingOn(settings, self._store, keys, self._federation, self._standing.pulses, self._status)
        self._own_work = OwnWork(
            settings, keys, self._store, self._vault, self._materializer, self._status, self._administration,
            self._nodes, self._standing.pulses, self.submit, self._handing_on,
        )  # fmt: skip
        self._returning = Returning(
            settings, keys, self._store, self._append, self._standing.pulses, self._federation, self._witness.seen,
            self._administration, lambda: self._partitions, self._handing_on.tail, self._status.trouble,
        )  # fmt: skip
        self._homecoming = self._returning.homecoming
        self._passages = Passages(now_milliseconds, tracing_of(settings, "replicator"))
        self._status.passages = self._passages.samples
        self._scrub = NodeScrub(settings, keys, self._store, self._status)

    async def run(self) -> None:
        """Start, and run until cancelled; then close everything. Errors: StoreFailed."""
        async with AsyncExitStack() as closing:
            closing.callback(self._store.close)
            closing.callback(self._passages.close)
            try:
                await self._run(closing)
            except* IdentityReplaced:
                log.info("a peer has another identity now: the replicator begins anew, with that one")

    async def _run(self, closing: AsyncExitStack) -> None:
        answers = (self._nodes.answers, self._own_work.answers, self._returning.answers)
        operator = Operator(self._administration, {Verb.VOUCH: self._vouch}, *answers)
        standing, follow = self._standing, self._nodes.reading.follow
        adoption = standing.acknowledgements.reached
        server = ReplicatorServer(
            self.submit,
            operator.answer,
            self._told,
            standing.reach,
            adoption,
            follow,
            self._nodes.held,
            self._passages.go_on,
        )
        await server.start(self._settings.replicator_socket)
        closing.push_async_callback(server.close)
        async with asyncio.TaskGroup() as witnessing:
            await self._federation.open(self._witness.seen.cosigned, witnessing, closing)
            self._witness.open(witnessing)
            standing.open(self._federation.offer_pulses, witnessing)
            try:
                await self._serve(closing)
            except* (Contradicted, Outdated) as found:
                await self._stand_still(str(found.exceptions[0]))
                witnessing.create_task(asyncio.Event().wait())  # a node that ended would be started again and again
            heed_a_stop()

    async def _stand_still(self, reason: str) -> None:
        self._partitions = []
        self._status.hindrance = reason
        await self._nodes.stand_still()
        self._federation.withdraw()
        self._standing.stop()
        log.error("the node stands still", extra={"reason": reason})

    async def _serve(self, closing: AsyncExitStack) -> None:
        """Read the log, and write once that may be. Errors: Contradicted, in a group."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._witness.start.guard())
            group.create_task(self._federation.guard())
            if self._building.is_whole(self._settings.partitions):
                await self._nodes.start(group, closing, caught_up=False)
            logs = await known_logs(self._settings, self._store, self._hindered)
            closing.push_async_callback(logs.close)
            self._status.kafka.add(logs.local)
            self._status.kafka.add(logs.shared, followed=False)
            partitions = [self._partition(logs, number) for number in range(self._settings.partitions)]
            authors = [partition.author for partition in partitions]
            self._nodes.reading.begin(logs.local, authors)
            await self._catching_up.run(logs.local, authors)
            await self._nodes.start(group, closing, caught_up=True)
            group.create_task(self._version.guard())
            self._status.hindrance = "the region waits for its witnesses"
            group.create_task(kept_running("the log as witnessed", partial(self._witness.settle, logs)))
            await self._witness.start.until_whole()
            self._version.require()
            await self._write(logs, partitions, group, closing)

    async def _write(
        self, logs: NodeLogs, partitions: list[Partition], group: asyncio.TaskGroup, closing: AsyncExitStack
    ) -> None:
        waiting = self._materializer.waiting()
        authors = [one.author for one in partitions if one.number not in waiting]
        await open_for_writing(authors, self._hindered)
        for partition in partitions:
            partition.start(group)
        self._partitions = partitions
        self._writes.set()
        offered = {**self._handing_on.offered(logs, partitions, closing), **self._standing.offered()}
        self._federation.serve(offered, group)
        self._own_work.lacking_keys.look()
        self._returning.begin()
        group.create_task(self._returning.share(logs.shared))
        await self._federation.admit(partitions)
        self._standing.start(logs.shared, self._federation.acknowledgers, group)
        for name, seconds, work in self._work():
            group.create_task(kept_running(name, partial(every, seconds, work)))
        self._scrub.start(logs, group, closing)
        self._status.hindrance = ""
        log.info("ready")

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
            self._nodes.reading.note()
            changed.set()
            self._standing.acknowledging.applied(partition)

        def trouble(_partition: int, reason: str) -> None:
            self._status.trouble(f"{logs.local.name}/{number}", reason)

        surroundings = Surroundings(now_milliseconds, entropy.random_bytes, applied, trouble)
        author = self._passages.author(
            logs.local, self._materializer, self._identity, self._settings.node, number, surroundings
        )
        shared_trouble = partial(self._status.trouble, f"{logs.shared.name}/{number}")
        publisher = Publisher(self._store, logs.shared, self._signing, number, shared_trouble, self._passages.published)
        return Partition(author, publisher, changed, self._nodes.leads)

    def _mirror(self, peer: Peer, partition: Partition) -> Mirror:
        number = partition.number
        head = partial(self._materializer.head, number)
        here = AdoptingRegion(
            region=self._settings.region,
            head=head,
            submit=InTurn(self._nodes.leads, self._own_work.lacks_keys, head, partition.author).submit,
            rewrap=self._returning.without_material(self._own_work.adopter(number, peer.region).rewrapped),
            alarm=partial(self._status.mirror_alarm, number),
            trouble=partial(self._status.trouble, f"{shared_log(peer.region)}/{number}"),
            forsake=self._homecoming.unless_away(partition.author.forsake),
            now=now_milliseconds,
            tell=self._passages.adopting(peer.region),
        )
        return Mirror(peer, here, number)

    async def submit(self, draft: Draft, seconds: float = SUBMIT_SECONDS) -> Answer:
        if hindrance := self._homecoming.hinders(draft):
            return Answer(UNAVAILABLE, hindrance, 0)
        return await self._append(draft, seconds)

    async def _append(self, draft: Draft, seconds: float = SUBMIT_SECONDS) -> Answer:
        if hindrance := self._witness.start.hindrance:
            return Answer(UNWITNESSED, hindrance, 0)
        if not 0 <= draft.partition < len(self._partitions):
            return Answer(UNAVAILABLE, f"the region does not write yet: {self._status.hindrance}", 0)
        until = asyncio.get_running_loop().time() + seconds
        answer = await self._partitions[draft.partition].author.submit(draft, seconds)
        return await self._nodes.confirmed(draft.partition, answer, until)

    def writes(self) -> bool:
        """Whether the node may write to its region's log."""
        return bool(self._partitions)

    def _told(self) -> dict[str, object]:
        told = self._status.gather(self._store, self._materializer, self._partitions)
        return with_lease(told, *self._nodes.lease())

    async def _vouch(self) -> bool:
        """Whether an operator's word was needed: recorded, after which the region is served. Errors: KeytideError."""
        heads = self._witness.start.vouch()
        await self._writes.wait()
        return await self._administration.vouch(heads)

    def _work(self) -> tuple[tuple[str, float, Work], ...]:
        """What the node does again and again: name, how often, in seconds, and the work."""
        return (
            *self._own_work.table(),
            ("admission of peers", TIMER_SECONDS, partial(self._federation.admit, self._partitions)),
            ("detours", DETOUR_SECONDS, self._handing_on.look),
            ("homecoming", RETRY_SECONDS, self._returning.come_home),
            ("what is to be forgotten", RETRY_SECONDS, self._returning.forget),
            ("Kafka", LOOK_SECONDS, self._status.kafka.look),
        )
