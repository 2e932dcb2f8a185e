"""Regions whose keys lie on disk, whose erasing waits for nothing, and that can be looked through byte by byte."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from replication.fold.erasing import domain_in, remains_in
from replication.fold.materializer import Identity
from replication.fold.past import Until, fold_until
from replication.reports.erasure_report import Destroyed, Intervals, Reader
from replication.sharing.publication import local_log, shared_log
from replication.state.digest import partition_digest
from replication.state.lmdb_store import LmdbStore
from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, row_key
from replication.verify.checker import Checked, verify_region
from replication.verify.findings import Finding
from services.cli.region_state import opened_logs
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.key_files import create_region_keys, open_region_keys
from services.region_node.keys.root import RootFile, read_root_file
from services.region_node.peers.peer_cards import PeerCards
from shared.erasure.model import Domain
from shared.evolve import State
from shared.keys.commands import KeyName
from shared.keys.decide_deletion import delete_key
from shared.secrets import Secret
from tests.services.region_node.running_replicator import ACCOUNT, NOW, PARTITIONS, RunningRegion, eventually, regions

ROOT = RootFile("root", Secret(b"r" * 32))
AT_ONCE = ErasureSettings(advance_hours=0, sealing_days=0, sealing_grace_seconds=0)


class ErasingRegion(RunningRegion):
    """Reads its keys from disk whenever it starts."""

    def start(self, *, again: bool = False) -> None:
        root = read_root_file(self.settings.root_file) if self.settings.root_file.exists() else ROOT
        self.keys = open_region_keys(self.settings.keys_directory, self.name, root)
        super().start(again=again)

    async def end(self, key_id: str) -> None:
        """Delete what the region has of the key, as the timer does it when its time has come."""
        name = KeyName(self.name, ACCOUNT, key_id)
        answer = await self.change(lambda view: delete_key(name, view))
        assert answer.verdict == "applied", answer

    async def advance(self) -> None:
        await self.replicator._own_work.erasure.advance()

    async def round(self) -> None:
        await self.replicator._own_work.erasure.run()

    async def forget(self, region: str) -> None:
        """Have every node forget what it has seen of another region."""
        await self.replicator._returning._forgetting.forget(region)

    @property
    def shares(self) -> bool:
        """Whether peers may read its shared log by now."""
        feed = self.replicator._federation._feed
        return feed is not None and feed._log is not None

    def waiting(self) -> list[Destroyed]:
        """What is not erased yet."""
        with self.replicator._store.read() as snapshot:
            reader = Reader(snapshot, self.name, PARTITIONS, Intervals(0, 0), str)
            found = [one for number in range(PARTITIONS) for one in reader.partition(number)]
        return [one for one in found if one.hindrances]

    def shared_numbers(self) -> list[int]:
        """How much the region has shared, by partition."""
        return [self.replicator._materializer.head(number).shared.sequence for number in range(PARTITIONS)]

    def states(self, prefix: str) -> list[State]:
        """The states of the streams whose names begin so."""
        with self.replicator._store.read() as snapshot:
            rows = [
                decode_row(value)
                for number in range(PARTITIONS)
                for _, value in snapshot.scan(STREAMS, row_key(number, prefix), row_key(number, prefix))
            ]
        return [row.state for row in rows if row.state is not None]

    async def checked(self) -> tuple[Finding, ...]:
        """Stop, and hold the logs against the state; a state that is built anew has to be the same, too."""
        await self.stop()
        names = (local_log(self.name), shared_log(self.name))
        local, shared = await opened_logs(self.settings, *names)
        with closing(LmdbStore(self.settings.state_directory, writer=False)) as store, store.read() as snapshot:
            cards = {region: card.identity for region, card in PeerCards(store, PARTITIONS)().items()}
            checked = Checked(self.name, PARTITIONS, self.keys.record_key, self.keys.identity.public_bytes, cards)
            report = await verify_region(checked, local, shared, snapshot, lambda _done, _all: None)
            identity = Identity(self.name, PARTITIONS, self.keys.record_key)
            built = await fold_until(local, identity, {number: Until() for number in range(PARTITIONS)})
            with built.read() as anew:
                for number in range(PARTITIONS):
                    assert partition_digest(anew, number) == partition_digest(snapshot, number)
        await local.close()
        await shared.close()
        return report.findings

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
