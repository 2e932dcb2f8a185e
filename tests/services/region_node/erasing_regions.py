"""Regions whose keys lie on disk, whose erasing waits for nothing, and that can be looked through byte by byte."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from replication.erasing import domain_in, remains_in
from replication.erasure_report import Destroyed, Intervals, Reader
from services.region_node.erasure_settings import ErasureSettings
from services.region_node.key_files import create_region_keys, open_region_keys
from services.region_node.root import RootFile
from shared.erasure.model import Domain
from shared.keys.commands import KeyName
from shared.keys.decide_deletion import delete_key
from shared.secrets import Secret
from tests.services.region_node.running_replicator import ACCOUNT, NOW, PARTITIONS, RunningRegion, eventually, regions

ROOT = RootFile("root", Secret(b"r" * 32))
AT_ONCE = ErasureSettings(advance_hours=0, sealing_days=0, sealing_grace_seconds=0)


class ErasingRegion(RunningRegion):
    """Reads its keys from disk whenever it starts."""

    def start(self) -> None:
        self.keys = open_region_keys(self.settings.keys_directory, self.name, ROOT)
        super().start()

    async def end(self, key_id: str) -> None:
        """Delete what the region has of the key, as the timer does it when its time has come."""
        name = KeyName(self.name, ACCOUNT, key_id)
        answer = await self.change(lambda view: delete_key(name, view))
        assert answer.verdict == "applied", answer

    async def advance(self) -> None:
        await self.replicator._erasure.advance()

    async def round(self) -> None:
        await self.replicator._erasure.run()

    def waiting(self) -> list[Destroyed]:
        """What is not erased yet."""
        with self.replicator._store.read() as snapshot:
            reader = Reader(snapshot, self.name, PARTITIONS, Intervals(0, 0), str)
            found = [one for number in range(PARTITIONS) for one in reader.partition(number)]
        return [one for one in found if one.hindrances]

    def domain(self, bucket: int) -> Domain:
        with self.replicator._store.read() as snapshot:
            return domain_in(snapshot, PARTITIONS, bucket)

    def remains(self) -> set[tuple[int, int, str]]:
        with self.replicator._store.read() as snapshot:
            return {one[:3] for number in range(PARTITIONS) for one in remains_in(snapshot, number)}

    @property
    def folder(self) -> Path:
        """Of everything that the region keeps."""
        return self.settings.directory


@asynccontextmanager
async def erasing_regions(*names: str, settings: ErasureSettings = AT_ONCE) -> AsyncIterator[dict[str, ErasingRegion]]:
    """Not started yet."""
    async with regions(*names) as made:
        found = {
            name: ErasingRegion(replace(region.settings, erasure=settings), region.keys)
            for name, region in made.items()
        }
        for region in found.values():
            create_region_keys(region.settings.keys_directory, region.name, PARTITIONS, ROOT, NOW)
        for region in found.values():
            for peer in region.settings.peers:
                keys = open_region_keys(found[peer.region].settings.keys_directory, peer.region, ROOT)
                region.settings.peer_card_file(peer.region).write_bytes(keys.encoded_card)
        try:
            yield found
        finally:
            for region in found.values():
                await region.stop()


async def start(*running: ErasingRegion) -> None:
    for region in running:
        region.start()
    for region in running:
        await region.ready()
    everybody = {region.name for region in running}
    for region in running:
        await eventually(partial(_knows, region, everybody - {region.name}))


def _knows(region: ErasingRegion, others: set[str]) -> bool:
    return region.vault.peer_regions() >= others
