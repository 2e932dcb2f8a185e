"""Replicators of several regions in one process: embedded logs, real feeds over mutual TLS, a directory each."""

import asyncio
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, row_key
from replication.state.view import SnapshotView
from replication.writing.draft import Answer, Draft
from services.region_node.changes.drafting import draft_of
from services.region_node.changes.fresh_material import born_here, sealed_to
from services.region_node.changes.renewing import Renewing
from services.region_node.keys.cabinet import MemoryCabinet
from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.keys.vault import RegionVault
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.replicator.replicator import Replicator
from services.region_node.settings.settings import Address, NodeSettings, PeerSettings
from services.region_node.witness.settings import WitnessSettings
from shared.crypto import entropy
from shared.crypto.domain_keys import DomainKeys
from shared.crypto.entropy import random_bytes
from shared.crypto.sealing_keys import SealingKeys
from shared.decision import Decision
from shared.fold import Fold
from shared.identifiers import partition_of
from shared.keys import decide
from shared.keys.commands import CreateKey, KeyName, RegionalSettings, ReplicateKey, SettingsLimits
from shared.keys.decide_family import create_family, family_of
from shared.keys.decide_replica import replicate_key
from shared.keys.evolve_families import family_created
from shared.keys.model import Key
from shared.keys.replicas_tag import REPLICAS_TAG
from shared.secrets import Secret
from tests.shared.keys.examples import AUTHOR

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
PARTITIONS = 2
ACCOUNT = "111122223333"
NOW = time.time_ns() // 1_000_000
"""OpenSSL compares certificates with the real clock."""
KEYS = {region: make_region_keys(region, PARTITIONS, NOW) for region in REGIONS}
TRIES = 20


class RunningRegion:
    """One region's replicator, started and stopped like its process."""

    def __init__(self, settings: NodeSettings, keys: RegionKeys) -> None:
        self.settings, self.keys = settings, keys
        self.name = settings.region
        self._starts = 0
        self._task: asyncio.Task[None] | None = None
        self.client = ReplicatorClient(settings.replicator_socket)

    def start(self, *, again: bool = False) -> None:
        """A start of the node, or of its replicator alone, `again`."""
        self._starts += not again
        self.replicator = Replicator(self.settings, self.keys, self.started_as)
        self._task = asyncio.create_task(self.replicator.run())

    @property
    def started_as(self) -> str:
        """The name of this start."""
        return str(self._starts)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            task, self._task = self._task, None
            if not task.cancelled() and task.exception() is not None:
                raise AssertionError("the replicator failed") from task.exception()
        await self.client.close()

    async def ready(self) -> None:
        await eventually(self._is_ready)

    async def speaks(self) -> None:
        """Its log of pulses is open: stopped while it opens a topic, a client of Kafka leaves its connection behind."""
        await eventually(lambda: (feed := self.replicator._federation._feed) is not None and feed.pulses is not None)

    async def vouched(self) -> None:
        """Ready although no peer can be asked: an operator vouches for its log."""
        await eventually(lambda: "unwitnessed" in self.reason and self._is_caught_up())
        await self.replicator._vouch()
        await self.ready()

    def _is_caught_up(self) -> bool:
        return self.replicator._witness.start._is_caught_up

    def _is_ready(self) -> bool:
        if self._task is not None and self._task.done():
            self._task.result()
        return bool(self.told["ready"])

    @property
    def told(self) -> dict[str, object]:
        return self.replicator._told()

    @property
    def reason(self) -> str:
        return str(self.told["reason"])

    @property
    def vault(self) -> RegionVault:
        return self.replicator._vault

    def key(self, key_id: str) -> Key | None:
        with self.replicator._store.read() as snapshot:
            return SnapshotView(snapshot, PARTITIONS).key(ACCOUNT, key_id)

    def opened(self, key_id: str) -> Secret | None:
        """The key's secret as this region can use it."""
        key = self.key(key_id)
        if key is None or key.current_material.wrapped is None:
            return None
        return self.vault.open_material(key, key.current_material)

    async def create_key(
        self, *, multi_region: bool = True, settings: RegionalSettings | None = None, origin: str = "AWS_KMS"
    ) -> str:
        key_id = entropy.multi_region_key_id(self.name) if multi_region else entropy.key_id()
        born = born_here(self.vault, ACCOUNT, key_id, Secret(entropy.random_bytes(32)), NOW)
        command = CreateKey(
            KeyName(self.name, ACCOUNT, key_id),
            "SYMMETRIC_DEFAULT",
            None,
            origin,
            multi_region,
            born._replace(id_commits=multi_region) if origin == "AWS_KMS" else None,
            settings or RegionalSettings(),
            SettingsLimits(),
            AUTHOR,
            1000,
        )
        answer = await self.change(lambda view: decide.create_key(command, view))
        assert answer.verdict == "applied", answer
        return key_id

    async def create_family(self, *replicas: str) -> str:
        """A key that is born in this region and in `replicas` at once."""
        name = KeyName(self.name, ACCOUNT, entropy.multi_region_key_id(self.name))
        settings = RegionalSettings(tags=((REPLICAS_TAG, " ".join(replicas)),))
        command = CreateKey(
            name, "SYMMETRIC_DEFAULT", None, "AWS_KMS", True, None, settings, SettingsLimits(), AUTHOR, 1000
        )
        to_be = family_created(None, family_of(command, frozenset(REGIONS)), Fold(self.name, NOW))
        secret = Secret(entropy.random_bytes(32))
        born = born_here(self.vault, ACCOUNT, name.key_id, secret, NOW)
        sealed = sealed_to(self.vault, to_be, born.material_id, secret, replicas)
        command = command._replace(material=born._replace(sealed=sealed, id_commits=True))
        answer = await self.change(lambda view: create_family(command, view, frozenset(REGIONS)))
        assert answer.verdict == "applied", answer
        return name.key_id

    async def replicate(self, key_id: str, region: str) -> Answer:
        command = ReplicateKey(
            KeyName(self.name, ACCOUNT, key_id),
            region,
            frozenset(REGIONS),
            RegionalSettings(),
            SettingsLimits(),
            AUTHOR,
        )

        def decision(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, key_id)
            assert key is not None
            sealed = {
                material.material_id: sealed_to(
                    self.vault, key, material.material_id, self.vault.open_material(key, material), (region,)
                )
                for material in key.materials
            }
            return replicate_key(command, view, sealed)

        return await self.change(decision)

    async def change(self, decision: Callable[[SnapshotView], Decision]) -> Answer:
        """As a worker does: under the domain keys that are current; what has become void meanwhile is decided again."""
        renewing = Renewing(self.vault, PARTITIONS)
        for _ in range(TRIES):
            with self.replicator._store.read() as snapshot:
                view = SnapshotView(snapshot, PARTITIONS)
                renewed = renewing(decision(view), snapshot)
                draft = draft_of(renewed, view, partition_of(ACCOUNT, PARTITIONS), random_bytes(16))
            answer = await self.submit(draft)
            if answer.verdict != "void":
                break
        return answer

    async def submit_anything(self) -> Answer:
        return await self.submit(Draft(0, None, ()))

    def revision(self, partition: int, stream: str) -> int:
        """So many records have named the stream."""
        with self.replicator._store.read() as snapshot:
            return decode_row(snapshot.get(STREAMS, row_key(partition, stream))).revision

    async def submit(self, draft: Draft) -> Answer:
        return await self.client.submit(draft)


def of_its_own(keys: RegionKeys) -> RegionKeys:
    """The same keys: epochs that the region opens, and keys that it destroys, are no other test's."""
    kept = keys.cabinet
    return keys._replace(
        sealing_keys=SealingKeys(dict(keys.sealing_keys)),
        domain_keys=DomainKeys(keys.domain_keys.held()),
        cabinet=MemoryCabinet({name: kept.open(name) for name in kept.names()}),
    )


@asynccontextmanager
async def regions(*names: str) -> AsyncIterator[dict[str, RunningRegion]]:
    """Regions that know each other, not started yet. Sockets' paths must be short, so the directory is too."""
    folder = Path(tempfile.mkdtemp(prefix="kt-"))
    made = {
        name: RunningRegion(settings, of_its_own(KEYS[name])) for name, settings in _settings(folder, names).items()
    }
    try:
        yield made
    finally:
        for region in made.values():
            await region.stop()
        shutil.rmtree(folder)


def _settings(folder: Path, names: tuple[str, ...]) -> dict[str, NodeSettings]:
    feeds = {name: Address("127.0.0.1", port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    found: dict[str, NodeSettings] = {}
    for name in names:
        directory = folder / name
        directory.mkdir()
        peers = tuple(PeerSettings(peer, feed=feeds[peer]) for peer in names if peer != name)
        settings = NodeSettings(name, Address("127.0.0.1", 0), feeds[name], partitions=PARTITIONS, peers=peers)
        settings = replace(settings, witness=WitnessSettings(patience_milliseconds=200))
        found[name] = replace(settings, directory=directory, replicator_socket=directory / "replicator.sock")
        for peer in peers:
            file = found[name].peer_card_file(peer.region)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(KEYS[peer.region].encoded_card)
    return found


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


async def eventually(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another task makes it true, without a sign
            await asyncio.sleep(0.005)
