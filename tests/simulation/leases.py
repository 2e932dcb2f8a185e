"""Nodes of one region under a seeded scheduler and virtual time: the real leases over a log and a network that fail.

Owns the world. A node is its `Leases`, its `Absences`, and how far it has applied the log. It can be stopped anywhere
that its code waits, killed and started again at once or much later, cut off from the log and from each other node; its
clock has its own zero. Every serve is looked at when it happens: what a node serves must hold all that was acknowledged
before it was asked.
"""

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from replication.log.event_log import LogUnavailable
from replication.writing.serving_lease import LEASE_SECONDS
from services.region_node.nodes.absences import LOOK_SECONDS, Absences
from services.region_node.nodes.channel import APPLIED
from services.region_node.nodes.leases import Leases, Log
from services.region_node.nodes.membership import Members, Standing
from shared.fold import Fold
from shared.nodes.events import NodeMissed, NodeReturned
from shared.nodes.evolve import NODE_FOLDS
from shared.nodes.model import Node

SECONDS = 60.0
DELAYS = (0.0005, 0.02)
FOLD = Fold("us-east-1", 0)


class World:
    """One region. `violations` says what went wrong, and when."""

    def __init__(self, seed: int, count: int) -> None:
        self.chance = random.Random(seed)
        self.names = [f"node-{number}" for number in range(1, count + 1)]
        self.log: list[NodeMissed | NodeReturned | None] = []
        """What each record says of a node; None for a change, which says nothing of any."""
        self.acknowledged = 0
        self.served = 0
        self.passed_over = 0
        """Changes that were acknowledged although a node that was away had neither applied them nor been waited for."""
        self.violations: list[str] = []
        self.nodes = {name: SimulatedNode(self, name) for name in self.names}
        self.cut: set[frozenset[str]] = set()
        """Pairs that do not hear each other; a node alone does not reach the log."""

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._break())]
        for node in self.nodes.values():
            node.start()
            tasks += [asyncio.create_task(work()) for work in (node.write, node.serve, node.look_for_absences)]
        await asyncio.sleep(SECONDS)
        for task in tasks:
            task.cancel()

    @property
    def end(self) -> int:
        return len(self.log)

    def nodes_at(self, sequence: int) -> dict[str, Node]:
        """As a state that has applied so much says."""
        nodes = {name: Node(name, b"", "", 0) for name in self.names}
        for event in self.log[:sequence]:
            if event is not None:
                nodes[event.node] = NODE_FOLDS[type(event)](nodes[event.node], event, FOLD)
        return nodes

    async def _break(self) -> None:
        """One fault at a time, and sometimes several."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.1, 4.0))
            node = self.nodes[self.chance.choice(self.names)]
            cut_log, cut_pair = partial(self._cut_log, node), partial(self._cut_pair, node)
            faults = (node.pause, node.restart, node.leave, cut_log, cut_pair)
            await self.chance.choice(faults)()

    async def _cut_log(self, node: "SimulatedNode") -> None:
        await self._cut(frozenset({node.name}))

    async def _cut_pair(self, node: "SimulatedNode") -> None:
        await self._cut(frozenset({node.name, self.chance.choice([name for name in self.names if name != node.name])}))

    async def _cut(self, link: frozenset[str]) -> None:
        self.cut.add(link)
        if self.chance.random() < 0.5:
            await asyncio.sleep(self.chance.uniform(0.1, 8.0))
            self.cut.discard(link)
        else:
            asyncio.get_running_loop().call_later(self.chance.uniform(0.1, 8.0), self.cut.discard, link)

    async def delay(self) -> None:
        await asyncio.sleep(self.chance.uniform(*DELAYS))


class SimulatedNode:
    """One node: its lease, and how far it has applied the log."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.applied = 0
        self.deadline = 0.0
        self.leases: Leases | None = None
        self._zero = world.chance.uniform(0, 1e6)
        self._going_on = asyncio.Event()
        self._going_on.set()
        self._life = 0
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin a life: what the one before had promised is forgotten, what it had applied is not."""
        self._stop()
        log = Log(lambda: [self.applied], self._ends, self._reach, self._apply)
        self._life += 1
        self.leases = Leases(
            self.name,
            self._members,
            lambda _partition: self.world.nodes_at(self.applied),
            lambda _members: Standing.MEMBER,
            partial(self._ask, self._life),
            log,
            partial(self._set, self._life),
            self.clock,
            lambda: True,
        )
        self._absences = Absences(self.name, self._members, self.leases, self._record, lambda: True, self.clock, 2.0)
        self._keeping = asyncio.create_task(self.leases.keep())

    def _members(self) -> Members:
        return Members(self.name, (self.world.nodes_at(self.applied),))

    def clock(self) -> float:
        return self._zero + asyncio.get_running_loop().time()

    async def pause(self) -> None:
        self._going_on.clear()
        asyncio.get_running_loop().call_later(self.world.chance.uniform(0.1, 8.0), self._going_on.set)

    async def restart(self) -> None:
        self._stop()
        await asyncio.sleep(self.world.chance.uniform(0.0, 2.0))
        self.start()

    async def leave(self) -> None:
        """Be away for long, while everything else goes on."""
        self._stop()
        asyncio.get_running_loop().call_later(self.world.chance.uniform(4.0, 20.0), self._come_back)

    def _stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
        self.leases = None

    def _come_back(self) -> None:
        if self.leases is None:
            self.start()

    async def write(self) -> None:
        while True:
            await asyncio.sleep(self.world.chance.uniform(0.01, 1.0))
            leases = self.leases
            if leases is None or not await self._reaches_log():
                continue
            await self._append(None, leases)

    async def _append(self, event: NodeMissed | NodeReturned | None, leases: Leases) -> None:
        self.world.log.append(event)
        sequence = self.world.end
        await self._running()
        self.applied = max(self.applied, sequence)
        began = self.clock()
        await leases.held(0, sequence)
        if leases is self.leases:
            self.world.acknowledged = max(self.world.acknowledged, sequence)
            lacking = any(other.applied < sequence for other in self.world.nodes.values())
            self.world.passed_over += lacking and self.clock() - began < LEASE_SECONDS

    async def look_for_absences(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._running()
            if self.leases is not None:
                await self._absences.look()

    async def _record(self, _partition: int, events: Sequence[Any]) -> None:
        """Void where the log has said something of the node that this one has not applied."""
        (event,) = events
        leases, seen = self.leases, self.world.nodes_at(self.applied)[event.node]
        if leases is not None and await self._reaches_log() and self.world.nodes_at(self.world.end)[event.node] == seen:
            await self._append(event, leases)

    async def serve(self) -> None:
        """As a worker: the deadline, the state, the clock, with pauses between."""
        while True:
            await asyncio.sleep(self.world.chance.uniform(0.001, 0.2))
            await self._running()
            before, deadline = self.world.acknowledged, self.deadline
            await self._running()
            state = self.applied
            if self.clock() >= deadline:
                continue
            self.world.served += 1
            if state < before:
                what = f"{self.name} serves {state} after {before} was acknowledged"
                self.world.violations.append(f"{asyncio.get_running_loop().time():.3f}: {what}")

    def _set(self, life: int, deadline: float) -> None:
        if life == self._life:
            self.deadline = deadline

    async def _running(self) -> None:
        await self._going_on.wait()

    async def _reaches_log(self) -> bool:
        await self._running()
        await self.world.delay()
        return frozenset({self.name}) not in self.world.cut

    async def _ends(self) -> list[int]:
        if not await self._reaches_log():
            raise LogUnavailable("cut off")
        end = self.world.end
        await self._running()
        return [end]

    async def _reach(self, ends: list[int], seconds: float) -> bool:
        return await self._apply(0, ends[0], seconds) >= ends[0]

    async def _apply(self, _partition: int, sequence: int, _seconds: float) -> int:
        if self.applied < sequence and await self._reaches_log():
            end = self.world.end
            await self._running()
            self.applied = max(self.applied, end)
        return self.applied

    async def _ask(self, life: int, node: Node, question: Sequence[Any], seconds: float) -> Any:
        async with asyncio.timeout(seconds):
            other = self.world.nodes[node.node]
            await self._over(other)
            answer = await other.answer(self.name, question)
            await self._over(other)
        await self._running()
        if life != self._life:
            raise ConnectionResetError
        return answer

    async def _over(self, other: "SimulatedNode") -> None:
        await self.world.delay()
        if frozenset({self.name, other.name}) in self.world.cut:
            raise ConnectionResetError

    async def answer(self, who: str, question: Sequence[Any]) -> Any:
        await self._running()
        if self.leases is None:
            raise ConnectionResetError
        kind, *arguments = question
        answer = self.leases.applied if kind == APPLIED else self.leases.grant
        return await answer(who, *arguments)
