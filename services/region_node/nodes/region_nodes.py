"""The other nodes of the region, as the replicator of this one deals with them.

Owns putting together membership, lease, channel and admission, and the connections to the others. A region of one node
has none of it: no port, no keys of its own, no wait.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from replication.fold.judge import Verdict
from replication.fold.materializer import Materializer
from replication.state.state_store import StateStore
from replication.writing.draft import UNKNOWN, Answer
from replication.writing.serving_lease import ALONE
from services.clock import boot_seconds
from services.region_node.changes.recording import Place as Recorded
from services.region_node.changes.recording import Writer
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.nodes.absences import Absences
from services.region_node.nodes.admission import Admission, Own, Submit
from services.region_node.nodes.channel import APPLIED, LEASE, Channel, ChannelServer, Reply
from services.region_node.nodes.channel_tls import channel_tls
from services.region_node.nodes.errors import NodeRefused
from services.region_node.nodes.key_copies import KeyCopies
from services.region_node.nodes.lease_file import LeaseFile
from services.region_node.nodes.leases import Leases, Log, NotHeld
from services.region_node.nodes.membership import Members, Membership, Standing, told
from services.region_node.nodes.node_keys import node_keys
from services.region_node.nodes.reading import LogReading
from services.region_node.operator.questions import Verb
from services.region_node.replicator.partitions import kept_running
from services.region_node.settings.settings import Address, NodeSettings
from services.region_node.state.building import Building
from shared.crypto.node_card import MalformedNodeCard, decode_node_card, node_name
from shared.nodes.model import Node

CERTIFICATE_SECONDS = 24 * 3600.0
ANNOUNCE_SECONDS = 5.0
HELD_SECONDS = 5.0
"""For what waits for other nodes and nobody waits for: more than any lease lasts."""

Work = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class RegionNodes:
    """Of one replicator. `start` it once; `now` gives integer milliseconds."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        materializer: Materializer,
        writer: Writer,
        now: Callable[[], int],
    ) -> None:
        self._settings, self._keys, self._writes, self._now = settings, keys, writer.writes, now
        self._membership = Membership(settings, store)
        self._recorded = Recorded(settings.region, settings.node, settings.partitions, store, writer.submit, now)
        self._file = LeaseFile(settings.lease_file)
        self.reading = LogReading(materializer, settings.partitions)
        self._channels: dict[str, Channel] = {}
        self._trusted: set[bytes] = set()
        self._is_caught_up = False
        self._leases: Leases | None = None
        self._server: ChannelServer | None = None
        self._own = None if settings.channel is None else node_keys(settings)
        buckets = keys.domain_keys.buckets
        self.known_keys = KnownKeys(settings.region, settings.partitions, buckets, store)
        self.fresh_keys = FreshKeys(keys, self.known_keys)
        self.copies = KeyCopies(
            settings.node, self._own, keys.cabinet, self.fresh_keys, buckets, self._others, self._hears, self._ask
        )
        self._tls = None if self._own is None else channel_tls(self._own, now())
        self._admission = self._made_admission(store, writer.submit)
        self._write_standing(settings.channel is None or Building(store, materializer).is_whole(settings.partitions))

    def _made_admission(self, store: StateStore, submit: Submit) -> Admission | None:
        if self._own is None:
            return None
        own = Own(self._settings, self._keys, self._own)
        return Admission(own, store, self._membership, submit, self._renew, self._held, self._now)

    def _write_standing(self, knows_others: bool) -> None:
        """A node that is alone serves at once; one that is so no more has a deadline or none.

        A state that is built anew names nobody at first: in a region that may have more nodes it proves nothing.
        """
        alone = knows_others and self._standing(self._membership.members()) is Standing.ALONE
        if alone or self._file.deadline() == ALONE:
            self._file.set(ALONE if alone else 0.0)

    def _standing(self, members: Members) -> Standing:
        """Whose token has run out may stand in the log all the same: no mark runs out before that is read."""
        return self._membership.standing(members, self._now() if self._is_caught_up else 0)

    async def start(self, group: asyncio.TaskGroup, closing: AsyncExitStack, *, caught_up: bool) -> None:
        """Keep the lease and answer the others, for as long as `group` runs; again once the node has caught up.

        Not before the state has all that this node may ever have acknowledged. Errors: OSError for the port.
        """
        self._is_caught_up = caught_up
        if self._leases is not None:
            return
        self._leases = leases = self._made_leases()
        closing.callback(self._file.close)
        group.create_task(kept_running("lease", leases.keep))
        await self._answer_others(leases, closing)
        if self._own is not None:
            group.create_task(kept_running("channel", self._renew_certificate))
            group.create_task(kept_running("address", self._announce))
            absences = Absences(self._settings.node, self._members, leases, self._recorded.record, self._writes)
            group.create_task(kept_running("absences", absences.run))

    def _made_leases(self) -> Leases:
        reading = self.reading
        return Leases(
            self._settings.node,
            self._members,
            self._membership.waited_for,
            self._standing,
            self._ask,
            Log(reading.applied, reading.ends, reading.reach, reading.apply),
            self._file.set,
            boot_seconds,
            self._writes,
            float(self._settings.unleased_seconds),
        )

    async def _answer_others(self, leases: Leases, closing: AsyncExitStack) -> None:
        if self._tls is None or self._settings.channel is None or self._admission is None:
            return
        answers: Mapping[str, Reply] = {
            LEASE: leases.grant,
            APPLIED: leases.applied,
            **self.copies.answers,
        }
        self._server = ChannelServer(
            self._tls.server, self._settings.region, self._belongs, answers, self._admission.join
        )
        await self._server.start(self._settings.channel)
        closing.push_async_callback(self.stand_still)

    async def stand_still(self) -> None:
        """Promise nothing any more, and be nothing for the others but a node that is away."""
        if self._server is not None:
            await self._server.close()
        for channel in self._channels.values():
            await channel.close()

    def _members(self) -> Members:
        members = self._membership.members()
        for node in members.others().values():
            self._trust(node)
        return members

    def _others(self) -> Mapping[str, Node]:
        return self._members().others()

    def _hears(self, node: str) -> bool:
        return self._leases is not None and self._leases.hears(node)

    def _belongs(self, node: str) -> bool:
        return node in self._membership.members().others()

    def _trust(self, node: Node) -> None:
        if self._tls is None or node.card in self._trusted:
            return
        self._trusted.add(node.card)
        try:
            self._tls.trust(decode_node_card(node.card).certificate)
        except MalformedNodeCard as error:
            log.error("a node's card cannot be used", extra={"node": node.node, "reason": str(error)})

    async def _ask(self, node: Node, question: Sequence[Any], seconds: float) -> Any:
        """Errors: OSError."""
        if self._tls is None:
            raise ConnectionRefusedError("this node has no channel")
        channel, address = self._channels.get(node.node), _address(node.address)
        if channel is None:
            name = node_name(self._settings.region, node.node)
            channel = self._channels[node.node] = Channel(name, address, self._tls.client)
        if channel.address != address:
            channel.address = address
            await channel.close()
        return await channel.ask(question, seconds)

    async def _renew(self) -> None:
        if self._leases is not None:
            await self._leases.renew()

    async def _held(self, partition: int) -> None:
        if self._leases is None:
            raise NodeRefused("the node has not caught up with its region's log yet")
        await self._leases.held(partition, self.reading.applied()[partition])

    async def held(self, partition: int, sequence: int) -> bool:
        """Wait until a change that is applied here binds every node; False where this node may not say so."""
        if self._leases is None:
            return False
        try:
            await self._leases.held(partition, sequence)
        except NotHeld:
            return False
        return True

    async def all_held(self) -> bool:
        """Wait until all that is applied here by now binds every node; False where that takes too long."""
        try:
            async with asyncio.timeout(HELD_SECONDS):
                held = await asyncio.gather(*(self.held(*place) for place in enumerate(self.reading.applied())))
        except TimeoutError:
            return False
        return all(held)

    async def confirmed(self, partition: int, answer: Answer, until: float) -> Answer:
        """The answer to who has changed something, once it binds every node. `until`: by the event loop's clock."""
        if not answer.sequence or answer.verdict == Verdict.VOID:
            return answer
        try:
            async with asyncio.timeout_at(until):
                held = await self.held(partition, answer.sequence)
        except TimeoutError:
            held = False
        return answer if held else Answer(UNKNOWN, "", 0)

    @property
    def is_alone(self) -> bool:
        """Whether no other node is admitted."""
        return not self._others()

    def leads(self) -> bool:
        """Whether this node is the first to do what one node of the region has to do."""
        return self._leases is None or self._leases.leads()

    def leading(self, work: Work) -> Work:
        """The work, done only while this node leads: where two nodes do it at once, the log makes the second void."""

        async def in_turn() -> None:
            if self.leads():
                await work()

        return in_turn

    def lease(self) -> tuple[float, str]:
        """Seconds until the lease runs out, `ALONE` where none is needed, and why there is none, or ""."""
        if self._leases is None:
            return (ALONE, "") if self._file.deadline() == ALONE else (0.0, "the node has no lease yet")
        return max(0.0, self._leases.deadline - boot_seconds()), self._leases.hindrance

    @property
    def answers(self) -> Mapping[str, Callable[..., Awaitable[Any]]]:
        """What an operator may ask of them."""
        return {Verb.NODE_TOKEN: self.token, Verb.NODE_LIST: self.listed, Verb.NODE_REMOVE: self.remove}

    async def token(self, seconds: str) -> str:
        """For `keytide node token`. Errors: NodeRefused."""
        return await self._required_admission().token(int(seconds))

    async def remove(self, node: str) -> None:
        """For `keytide node remove`. Errors: NodeRefused."""
        await self._required_admission().remove(node)

    def _required_admission(self) -> Admission:
        if self._admission is None:
            raise NodeRefused("this node has no channel to others: set `channel` in its node.json, and start it again")
        return self._admission

    async def listed(self) -> list[tuple[str, str, str]]:
        """For `keytide node list`: as `told`, or this node alone, which is "alone"."""
        known = told(self._membership.members())
        return known or [(self._settings.node, str(self._settings.channel or "-"), "alone")]

    async def _renew_certificate(self) -> None:
        while self._tls is not None and self._own is not None:
            await asyncio.sleep(CERTIFICATE_SECONDS)
            self._tls.renew(self._own, self._now())

    async def _announce(self) -> None:
        """Say where this node is reached, until the log has it."""
        while self._admission is not None:
            await asyncio.sleep(ANNOUNCE_SECONDS)
            try:
                await self._admission.announce()
            except NodeRefused as refused:
                log.warning("the node's address is not announced yet", extra={"reason": refused.message})


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return Address(host, int(port))
