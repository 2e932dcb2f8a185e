"""A region that was put back to a backup comes home: it takes its own records back before it changes anything."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from replication.log.event_log import Entry, EventLog, LogUnavailable
from replication.records.record import decode_record, encode_record
from replication.sharing.publication import shared_log
from replication.writing.draft import UNAVAILABLE, Draft
from services.cli.region_state import opened_logs
from services.region_node.rebuild.homecoming import Carrier
from services.region_node.rebuild.restored import MARK, mark_restored
from shared.erasure.live import lacking
from shared.identifiers import partition_of
from shared.keys.model import DISABLED
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions
from tests.services.region_node.running_replicator import ACCOUNT, PARTITIONS, REGIONS, eventually

HOME, PEER, _ = REGIONS
PARTITION = partition_of(ACCOUNT, PARTITIONS)


class Holder:
    """A peer that hands on these records of the region, or what it makes of them."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self.records, self.asked = records, 0

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        self.asked += 1
        records = self.records if partition == PARTITION else ()
        return [Entry(position, record) for position, record in enumerate(records) if position >= start - 1]


class Away:
    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        raise LogUnavailable("it is away")


class Restored:
    """`before`: a key of the backup; `after`: one that was made since, and given to the peer. `shared`: all records."""

    def __init__(self, home: ErasingRegion, peer: ErasingRegion, before: str, after: str, shared: list[bytes]) -> None:
        self.home, self.peer, self.before, self.after, self.shared = home, peer, before, after, shared

    async def start(self, carrier: Carrier) -> None:
        self.home.start()
        self.home.replicator._homecoming._carriers = {PEER: carrier}
        await self.home.ready()

    @property
    def hindrance(self) -> str:
        return self.home.replicator._homecoming.hindrance


@asynccontextmanager
async def restored() -> AsyncIterator[Restored]:
    """The home, put back to before it made a key and gave it away; the peer has adopted that and runs."""
    async with erasing_regions(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        for one in (home, peer):
            one.start()
        for one in (home, peer):
            await one.ready()
        before = await home.create_key()
        await eventually(lambda: peer.key(before))
        await home.stop()
        copy = _copied(home.settings.log_directory)
        home.start()
        await home.ready()
        after = await home.create_key()
        await home.replicate(after, PEER)
        await eventually(lambda: peer.opened(after))
        await home.stop()
        shared = await _shared(home)
        await peer.forget(HOME)  # as its operator has it do once the loss is settled
        _put_back(home, copy)
        yield Restored(home, peer, before, after, shared)


def _copied(log: Path) -> Path:
    return Path(shutil.copytree(log, log.with_name("log.backup")))


def _put_back(region: ErasingRegion, copy: Path) -> None:
    """As `keytide restore` leaves it: the log is there, and neither state, pulses nor shared log."""
    for folder in (region.settings.log_directory, region.settings.state_directory, region.settings.pulses_directory):
        shutil.rmtree(folder)
    copy.rename(region.settings.log_directory)
    mark_restored(region.settings.directory)


async def _shared(region: ErasingRegion) -> list[bytes]:
    (log,) = await opened_logs(region.settings, shared_log(region.name))
    try:
        return [entry.record for entry in await log.read(PARTITION, 0, 1_000)]
    finally:
        await log.close()


async def test_what_its_peers_have_comes_home_and_the_history_goes_on_as_one() -> None:
    async with restored() as found:
        await found.start(Holder(found.shared))
        await eventually(lambda: not found.hindrance)
        assert not (found.home.folder / MARK).exists()
        came = found.home.key(found.after)
        assert came is not None
        assert (came.state, came.replica_regions, lacking(came)) == (
            DISABLED,
            (PEER,),
            (came.current_material.material_id,),
        )
        assert found.home.opened(found.before) is not None
        next_one = await found.home.create_key()
        await eventually(lambda: found.peer.key(next_one), 40)  # a log that is too short is looked at every 20 s
        assert found.peer.told["counters"] == {}, "its shared log was shown again once it was whole"
        assert (await _again(found.home))[: len(found.shared)] == found.shared
        assert await found.home.checked() == ()
        assert await found.peer.checked() == ()


class Held:
    """A log to which nothing can be appended until `released`."""

    def __init__(self, log: EventLog) -> None:
        self.log, self.released = log, False

    def __getattr__(self, name: str) -> object:
        return getattr(self.log, name)

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        if not self.released:
            raise LogUnavailable("it is held")
        await self.log.append(partition, records)


async def test_nobody_reads_its_shared_log_before_what_came_home_stands_there_again() -> None:
    async with restored() as found:
        await found.start(Away())
        await eventually(lambda: "its peers have adopted more" in found.hindrance)
        publisher = found.home.replicator._partitions[PARTITION].publisher
        publisher._log = held = cast(Any, Held(publisher._log))
        found.home.replicator._homecoming._carriers = {PEER: Holder(found.shared)}
        await eventually(lambda: "is not there again" in found.hindrance)
        assert found.home.key(found.after) is not None
        assert not found.home.shares
        held.released = True
        await eventually(lambda: found.home.shares)
        await eventually(lambda: not found.hindrance)
        next_one = await found.home.create_key()
        await eventually(lambda: found.peer.key(next_one), 40)
        assert found.peer.told["counters"] == {}


async def _again(region: ErasingRegion) -> list[bytes]:
    log = region.replicator._partitions[PARTITION].publisher._log
    return [entry.record for entry in await log.read(PARTITION, 0, 1_000)]


async def test_the_lost_secret_is_sealed_again_by_who_has_it() -> None:
    async with restored() as found:
        await found.start(Holder(found.shared))
        await eventually(lambda: not found.hindrance)
        await found.home.round()
        await eventually(lambda: found.peer.states("secret-request/"), 40)
        await found.peer.round()
        await eventually(lambda: found.home.opened(found.after), 40)
        assert found.home.opened(found.after) == found.peer.opened(found.after)


async def test_it_changes_nothing_while_a_peer_has_more_than_could_be_fetched() -> None:
    async with restored() as found:
        await found.start(Away())
        await eventually(lambda: "its peers have adopted more of partition" in found.hindrance)
        answer = await found.home.submit(Draft(PARTITION, None, ()))
        assert (answer.verdict, answer.answer) == (UNAVAILABLE, found.hindrance)
        assert found.home.opened(found.before) is not None
        assert (found.home.folder / MARK).exists()


def _forged(record: bytes) -> bytes:
    taken = decode_record(record)
    return encode_record(taken._replace(proof=bytes(64)))


async def test_what_the_region_has_not_signed_does_not_come_home() -> None:
    async with restored() as found:
        holder = Holder([_forged(record) for record in found.shared])
        await found.start(holder)
        await eventually(lambda: holder.asked > 1)
        assert found.home.key(found.after) is None
        assert found.hindrance


async def test_a_record_comes_home_at_its_place_alone() -> None:
    async with restored() as found:
        await found.start(Away())
        await eventually(lambda: "its peers have adopted more" in found.hindrance)
        homecoming, numbers = found.home.replicator._homecoming, found.home.shared_numbers()
        for place in (0, numbers[PARTITION] + 1):  # one that is here, and the next but one
            draft = homecoming._draft(PARTITION, found.shared[place])
            assert draft is not None
            assert (await found.home.submit(draft)).verdict == "void"
        assert found.home.shared_numbers() == numbers


async def test_a_region_that_was_not_restored_waits_for_nobody() -> None:
    async with erasing_regions(HOME, PEER) as region:
        for one in region.values():
            one.start()
        await region[HOME].ready()
        assert await region[HOME].create_key()
