"""What a node does for archives: shares are kept, given out and destroyed; what becomes of an archive is recorded."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from replication.fold.erasing import Remains
from replication.reports.backup_report import backup_in, hindering
from replication.witness.witness_rule import Ruling, Service, Why
from services.backup.archive_key import ArchiveKey, fresh_archive_key
from services.backup.shares import Share, decode_share, encode_sealed_share, encode_share, seal_share
from services.region_node.operator.backups import Backups
from shared.backups.errors import FalseShare, ShareNotHere, UnknownArchive, UnknownHolder
from shared.backups.model import Backup
from shared.crypto.key_shares import combine_key
from shared.errors import KeytideError
from shared.witness_errors import LogContradicted, NotWitnessed, WitnessOverdue
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, eventually, regions

HOME, PEER, THIRD = REGIONS
BUCKETS = 4


class Archive:
    """Of the home region, with a share for each of the two others; both open it together."""

    def __init__(self, region: dict[str, RunningRegion]) -> None:
        self.region = region
        self.key: ArchiveKey = fresh_archive_key(HOME, (THIRD, PEER), 2)
        self.id = self.key.archive

    def node(self, name: str) -> Backups:
        return self.region[name].replicator._own_work.backups

    def share(self, holder: str) -> Share:
        return dict(self.key.handed_out())[holder]

    def sealed(self, holder: str) -> str:
        return encode_sealed_share(seal_share(self.share(holder), self.region[holder].keys.card))

    async def made(self) -> None:
        epochs = " ".join(["1"] * BUCKETS)
        await self.node(HOME).record_made(self.id, "2", f"{THIRD} {PEER}", epochs, "1")
        for holder in (THIRD, PEER):
            await self.node(holder).keep_share(self.sealed(holder))

    @property
    def known(self) -> Backup:
        with self.region[HOME].replicator._store.read() as snapshot:
            known = backup_in(snapshot, self.id)
        assert known is not None
        return known


@pytest_asyncio.fixture
async def archive() -> AsyncIterator[Archive]:
    async with regions(*REGIONS) as region:
        for one in region.values():
            one.start()
        for one in region.values():
            await one.ready()
        await eventually(lambda: len(region[HOME].vault.peer_regions()) == 2)
        yield Archive(region)


async def test_enough_holders_give_the_key_again_and_none_after_they_were_asked_to_destroy_it(archive: Archive) -> None:
    await archive.made()
    given = [decode_share(await archive.node(holder).release_share(archive.id)) for holder in (PEER, THIRD)]
    assert combine_key({share.place: share.value for share in given}) == archive.key.key
    remains = Remains(1, 1, "key/111122223333/mrk-1", 0)
    assert [archive.id in text for text in hindering([archive.known], remains)] == [True]
    statement = await archive.node(PEER).destroy_share(archive.id, HOME)
    assert await archive.node(HOME).note_destroyed(statement) == archive.id
    assert (archive.known.destroyed, bool(archive.known.expired_at)) == ((PEER,), True)
    assert list(hindering([archive.known], remains)) == []
    with pytest.raises(ShareNotHere):
        await archive.node(PEER).release_share(archive.id)
    left = decode_share(await archive.node(THIRD).release_share(archive.id))
    assert combine_key({left.place: left.value}) != archive.key.key


async def test_a_destroyed_share_is_told_of_again_and_never_comes_back(archive: Archive) -> None:
    await archive.made()
    first = await archive.node(PEER).destroy_share(archive.id, HOME)
    assert await archive.node(PEER).destroy_share(archive.id, HOME) == first
    with pytest.raises(FalseShare, match="was destroyed here"):
        await archive.node(PEER).keep_share(archive.sealed(PEER))
    names = archive.region[PEER].keys.cabinet.names()
    assert not [name for name in names if name.startswith("share.")]


async def test_a_share_is_kept_once_however_often_it_is_brought(archive: Archive) -> None:
    await archive.made()
    await archive.node(PEER).keep_share(archive.sealed(PEER))
    assert decode_share(await archive.node(PEER).release_share(archive.id)) == archive.share(PEER)


async def test_a_share_for_another_region_is_refused(archive: Archive) -> None:
    with pytest.raises(FalseShare, match=f"is sealed to {THIRD}"):
        await archive.node(PEER).keep_share(archive.sealed(THIRD))
    with pytest.raises(FalseShare, match="this is no share"):
        await archive.node(PEER).keep_share(encode_share(archive.share(PEER)))


async def test_statements_are_believed_for_their_holders_signature_alone(archive: Archive) -> None:
    await archive.made()
    statement = await archive.node(PEER).destroy_share(archive.id, HOME)
    altered = ("A" if statement[40] != "A" else "B").join((statement[:40], statement[41:]))
    for text in (altered, "no statement", statement[:-8]):
        with pytest.raises(FalseShare):
            await archive.node(HOME).note_destroyed(text)
    with pytest.raises(FalseShare, match=f"of an archive of {HOME}"):
        await archive.node(THIRD).note_destroyed(statement)
    assert archive.known.destroyed == ()


async def test_what_nobody_knows_is_refused(archive: Archive) -> None:
    unknown = await archive.node(PEER).destroy_share("ab" * 16, HOME)
    with pytest.raises(UnknownArchive):
        await archive.node(HOME).note_destroyed(unknown)
    await archive.made()
    with pytest.raises(UnknownHolder):
        await archive.node(HOME).vouch_destroyed(archive.id, "share-1")
    with pytest.raises(FalseShare):
        await archive.node(HOME).record_made("cd" * 16, "many", PEER, "1", "1")
    await archive.node(HOME).vouch_destroyed(archive.id, THIRD)
    assert archive.known.expired_at


@pytest.mark.parametrize(
    ("why", "refusal"),
    [(Why.CONTRADICTED, LogContradicted), (Why.OVERDUE, WitnessOverdue), (Why.UNWITNESSED, NotWitnessed)],
)
async def test_a_region_that_does_not_write_for_its_witnesses_says_so_of_an_archive(
    archive: Archive, why: Why, refusal: type[KeytideError]
) -> None:
    archive.region[HOME].replicator._witness.start.ruling = Ruling(Service.NONE, why, "what a witness has seen")
    with pytest.raises(refusal) as refused:
        await archive.made()
    assert f"{HOME} does not write, {why}: what a witness has seen" in refused.value.message
