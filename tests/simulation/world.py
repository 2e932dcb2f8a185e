"""Three regions, clients and a hostile world, all from one seed.

Clients send a command again, under its id, until they know its outcome, as SDKs do, and encrypt and decrypt meanwhile.
The world crashes and stops regions, loses their state, sets their clocks, cuts links and slows them, and lets logs
lose, delay, halve, double, refuse and hold up what is appended. Then it heals. What was seen is kept in `facts`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from replication.log.event_log import LogError
from replication.state.view import SnapshotView
from replication.writing.draft import settled
from shared.aliases import decide as decide_aliases
from shared.aliases.commands import CreateAlias
from shared.decision import Decision
from shared.errors import KeytideError
from shared.events import MaterialBorn
from shared.keys import decide
from shared.keys.commands import (
    CreateKey,
    KeyName,
    RegionalSettings,
    ReplicateKey,
    ScheduleKeyDeletion,
    SetKeyEnabled,
    SettingsLimits,
    TagResource,
    UpdatePrimaryRegion,
)
from shared.keys.decide_deletion import delete_key, schedule_key_deletion
from shared.keys.decide_family import ConvertKey, convert_key, convertible, create_family
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicate_key
from shared.keys.model import PENDING_DELETION
from shared.keys.replicas_tag import REPLICAS_TAG
from tests.replication.scripted_log import Fault
from tests.replication.written_log import ACCOUNT, HOME, PEER, START, THIRD, multi_region_key_id
from tests.shared.keys.examples import AUTHOR
from tests.simulation.facts import Acknowledged, Facts
from tests.simulation.link import Link
from tests.simulation.materials import sealed_for, wrapped_of
from tests.simulation.region import SimulatedRegion
from tests.simulation.using import use_a_key

Decide = Callable[[SnapshotView], Decision]
Disturbance = Callable[[SimulatedRegion], Awaitable[None]]

REGIONS = (HOME, PEER, THIRD)
FAULTS = [fault for fault in Fault if fault is not Fault.NONE]
COMMANDS = 24
PATIENCE_SECONDS = 2.0
CLOCKS = (-3_600_000, -5_000, 0, 700, 3_600_000)
"""By how much a clock that was set may be ahead, in milliseconds."""


@dataclass
class Command:
    number: int
    region: str
    decide: Decide
    tag: tuple[str, str] | None = None
    """The key and the tag that show whether it is in effect."""
    applied: bool = False

    @property
    def command_id(self) -> bytes:
        return self.number.to_bytes(16, "big")


@dataclass
class World:
    seed: int
    many: int = COMMANDS
    commands: list[Command] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    after_step: Callable[["World"], None] = lambda _: None
    kind: ClassVar[type[SimulatedRegion]] = SimulatedRegion

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.regions = {name: self.kind(name, self.chance) for name in REGIONS}
        for region in self.regions.values():
            others = [other for other in self.regions.values() if other is not region]
            region.links = {other.name: Link(other.shared, region.gate) for other in others}
        self._created: list[tuple[str, str]] = []

    @property
    def left(self) -> list[SimulatedRegion]:
        """The regions of which everything is to hold in the end."""
        return [*self.regions.values()]

    async def run(self) -> None:
        """Live, then heal and come to rest."""
        for region in self.regions.values():
            region.start()
        clients = []
        for number in range(self.many):
            await asyncio.sleep(self.chance.choice([0, 0, 0.001, 0.02, 0.5]))
            command = self.command(number)
            self.commands.append(command)
            clients.append(asyncio.create_task(self._carry_out(command)))
            self._use(self.regions[self.chance.choice(REGIONS)])
            await self._disturb()
            self.after_step(self)
        await self._heal()
        await asyncio.gather(*clients)
        await self._rest()

    async def close(self) -> None:
        for region in self.regions.values():
            await region.crash()

    def _use(self, region: SimulatedRegion) -> None:
        use_a_key(region, self.facts, self.chance)

    def command(self, number: int) -> Command:
        kinds = [self._create, self._create, self._replicate, self._replicate, self._enable, self._tag, self._alias]
        kinds += [self._hand_over, self._schedule, self._delete, self._convert]
        kind = self.chance.choice(kinds) if self._created else self._create
        return kind(number)

    def _create(self, number: int) -> Command:
        region, key_id = self.chance.choice(REGIONS), multi_region_key_id(number)
        self._created.append((region, key_id))
        material_id = f"{number:064x}"
        material = MaterialBorn(material_id, key_id, START, self._wrapped(region, key_id, material_id))
        command = CreateKey(
            KeyName(region, ACCOUNT, key_id), "SYMMETRIC_DEFAULT", None, "AWS_KMS", self.chance.random() < 0.8,
            material, RegionalSettings(f"told nobody {number}."), SettingsLimits(), AUTHOR, 1000,
        )  # fmt: skip
        if command.multi_region and self.chance.random() < 0.3:
            return Command(number, region, self._family(command))
        return Command(number, region, lambda view: decide.create_key(command, view))

    def _wrapped(self, _region: str, _key_id: str, material_id: str) -> bytes:
        return wrapped_of(material_id)

    def _family(self, command: CreateKey) -> Decide:
        """The key with a replica from the beginning."""
        to = self.chance.choice([name for name in REGIONS if name != command.key.region])
        settings = RegionalSettings("given", tags=((REPLICAS_TAG, to),))
        assert command.material is not None
        material = command.material._replace(sealed=sealed_for(command.material.material_id, [to]))
        command = command._replace(settings=settings, material=material)
        return lambda view: create_family(command, view, frozenset(REGIONS))

    def _convert(self, number: int) -> Command:
        region, key_id = self.chance.choice(self._created)
        heir, to = multi_region_key_id(1000 + number), [name for name in REGIONS if name != region][:1]
        command = ConvertKey(KeyName(region, ACCOUNT, key_id), heir, tuple(to), frozenset(REGIONS), 1000)

        def decided(view: SnapshotView) -> Decision:
            held = [(m.material_id, m.born_key_id) for m in convertible(command, view).materials]
            own = [(*one, START, wrapped_of(one[0]), sealed_for(one[0], to)) for one in held]
            return convert_key(command, view, tuple(MaterialBorn(*one) for one in own))

        return Command(number, region, decided)

    def _replicate(self, number: int) -> Command:
        region, key_id = self.chance.choice(self._created)
        to = self.chance.choice([name for name in REGIONS if name != region])
        name = KeyName(region, ACCOUNT, key_id)
        command = ReplicateKey(name, to, frozenset(REGIONS), RegionalSettings(), SettingsLimits(), AUTHOR)

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, key_id)
            sealed = {m.material_id: sealed_for(m.material_id, [to]) for m in key.materials} if key else {}
            return replicate_key(command, view, sealed)

        return Command(number, region, decided)

    def _enable(self, number: int) -> Command:
        region, key_id = self.chance.choice(self._created)
        command = SetKeyEnabled(KeyName(region, ACCOUNT, key_id), self.chance.random() < 0.5)
        return Command(number, region, lambda view: decide.set_key_enabled(command, view))

    def _tag(self, number: int) -> Command:
        region, key_id = self._somewhere()
        command = TagResource(KeyName(region, ACCOUNT, key_id), ((f"tag {number}.", "set"),), 1000)
        return Command(number, region, lambda view: decide.tag_resource(command, view), (key_id, f"tag {number}."))

    def _somewhere(self) -> tuple[str, str]:
        """A key, and a region that may hold it."""
        return self.chance.choice(REGIONS), self.chance.choice(self._created)[1]

    def _hand_over(self, number: int) -> Command:
        region, key_id = self._somewhere()
        command = UpdatePrimaryRegion(KeyName(region, ACCOUNT, key_id), self.chance.choice(REGIONS))
        return Command(number, region, lambda view: update_primary_region(command, view))

    def _schedule(self, number: int) -> Command:
        region, key_id = self._somewhere()
        command = ScheduleKeyDeletion(KeyName(region, ACCOUNT, key_id), 7, START)
        return Command(number, region, lambda view: schedule_key_deletion(command, view))

    def _delete(self, number: int) -> Command:
        """Only what is pending goes, though its window is not over."""
        region, key_id = self._somewhere()
        name = KeyName(region, ACCOUNT, key_id)

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, key_id)
            return delete_key(name, view) if key is not None and key.state == PENDING_DELETION else Decision(())

        return Command(number, region, decided)

    def _alias(self, number: int) -> Command:
        region, key_id = self.chance.choice(self._created)
        name = f"alias/{self.chance.choice('abc')}"
        command = CreateAlias(name, KeyName(region, ACCOUNT, key_id), 50)
        return Command(number, region, lambda view: decide_aliases.create_alias(command, view))

    async def _carry_out(self, command: Command) -> None:
        while not await self._attempt(command):  # noqa: ASYNC110 - it asks again
            await asyncio.sleep(0.3)

    async def _attempt(self, command: Command) -> bool:
        """Ask once; whether the client knows the outcome."""
        region = self.regions[command.region]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await region.change(command.command_id, command.decide)
        except KeytideError:
            return True  # refused by the state: nothing was sent, or an earlier attempt is in effect
        except (LogError, TimeoutError):
            return False
        command.applied = answer is not None and settled(answer.verdict)
        if answer is not None and command.applied:
            self.facts.note_acknowledged(Acknowledged(command.command_id, answer), region)
        return answer is None or command.applied

    async def settle(self) -> None:
        """What nodes do by themselves once they can; then everything rests again."""

    async def _disturb(self) -> None:
        region = self.regions[self.chance.choice(REGIONS)]
        if disturb := self.chance.choice(self.disturbances()):
            await disturb(region)

    def disturbances(self) -> Sequence[Disturbance | None]:
        """What may happen to a region between two commands, each as often as it stands here."""
        often = [self._crash, self._cut] * 2 + [self._fail_at_home] * 3 + [self._fail_to_publish] * 2
        return [*often, self._deliver, self._fail_to_read, self._stop, self._set_clock, self._slow, None]

    async def _crash(self, region: SimulatedRegion) -> None:
        await region.crash()
        if self.chance.random() < 0.3:
            region.lose_state()
        region.start()

    async def _cut(self, region: SimulatedRegion) -> None:
        for link in region.links.values():
            link.cut = self.chance.random() < 0.5

    async def _slow(self, region: SimulatedRegion) -> None:
        for link in region.links.values():
            link.delay_seconds = self.chance.choice([0, 0.05, 3])

    async def _deliver(self, region: SimulatedRegion) -> None:
        for log in (region.local, region.shared):
            log.deliver()
            log.go_on.set()
            log.go_on.clear()

    async def _fail_to_read(self, region: SimulatedRegion) -> None:
        region.local.read_failures = self.chance.randrange(4)

    async def _fail_at_home(self, region: SimulatedRegion) -> None:
        region.local.script.append(self.chance.choice(FAULTS))

    async def _fail_to_publish(self, region: SimulatedRegion) -> None:
        region.shared.script.append(self.chance.choice(FAULTS))

    async def _stop(self, region: SimulatedRegion) -> None:
        """SIGSTOP, and SIGCONT when it has been long enough."""
        region.gate.shut()
        asyncio.get_running_loop().call_later(self.chance.choice([0.01, 1, 20]), region.gate.open)

    async def _set_clock(self, region: SimulatedRegion) -> None:
        # The milliseconds are drawn too: no two lives of a node begin in the same one, however its clock is set.
        region.clock_ahead = self.chance.choice(CLOCKS) + self.chance.randrange(500)

    async def _heal(self) -> None:
        for region in self.regions.values():
            region.gate.open()
            region.local.script.clear()
            region.shared.script.clear()
            region.clock_ahead = 0
            for link in region.links.values():
                link.heal()
            if self.chance.random() < 0.5:
                await region.crash()
                region.start()
            await self._deliver(region)
            region.local.go_on.set()  # and stays so: an append may be about to be held up
            region.shared.go_on.set()

    async def _rest(self) -> None:
        """Until everybody has adopted everything. Errors: TimeoutError after ten minutes of virtual time."""
        async with asyncio.timeout(600):
            while not all(self._is_at_rest(region) for region in self.regions.values()):  # noqa: ASYNC110
                await asyncio.sleep(1)

    def _is_at_rest(self, region: SimulatedRegion) -> bool:
        if region.author is None or region.materializer.position(0) != len(region.local.entries[0]):
            return False
        adopted = region.materializer.head(0).adopted_numbers()
        return all(
            adopted.get(peer.name, 0) == peer.materializer.head(0).shared.sequence
            for peer in self.regions.values()
            if peer is not region
        )
