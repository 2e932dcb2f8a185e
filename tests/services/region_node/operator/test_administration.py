"""What a node decides by itself: accounts, pins and signing keys, over a real author and log."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from replication.fold.judge import Verdict
from replication.records.body import encode_change
from replication.state.lmdb_store import LmdbStore
from replication.state.view import SnapshotView
from replication.writing.draft import UNAVAILABLE, Answer, Draft
from services.region_node.keys.access_key_secrets import SIGNING_KEY_DAYS
from services.region_node.keys.region_keys import make_region_keys
from services.region_node.keys.vault import RegionVault, access_key_binding, signing_keys_binding
from services.region_node.operator.administration import ADMINISTRATOR
from services.region_node.own_work.due_secrets import RENEW_WITH_DAYS_LEFT
from services.region_node.wire.regional_keys import REGIONAL_KEYS
from services.region_node.wire.sigv4 import region_key, service_key
from shared.crypto.domain_keys import SecretUnavailable
from shared.errors import InternalFailure
from shared.events import AccountCreated
from shared.identifiers import account_stream, partition_of
from shared.identity.commands import UpdateAccessKey
from shared.identity.decide_access_keys import update_access_key
from shared.identity.model import AccessKey
from shared.secrets import Secret
from tests.services.region_node.running_replicator import KEYS, PARTITIONS, REGIONS, RunningRegion, regions

HOME, PEER, THIRD = REGIONS
DAY = 86_400_000


class Administered:
    """A region alone (its peers are away), with a clock that can be set."""

    def __init__(self, region: RunningRegion) -> None:
        self.region = region
        self.administration = region.replicator._administration
        self.clock = int(datetime(2026, 3, 10, 15, 30, tzinfo=UTC).timestamp() * 1000)
        for clocked in (self.administration, self.administration.due_secrets, self.administration.accounts):
            clocked._now = lambda: self.clock

    @property
    def vault(self) -> RegionVault:
        return self.region.vault

    @property
    def store(self) -> LmdbStore:
        return self.region.replicator._store

    def access_key(self, access_key_id: str) -> AccessKey:
        with self.store.read() as snapshot:
            found = SnapshotView(snapshot, PARTITIONS).access_key(access_key_id)
        assert found is not None
        return found

    def sequences(self) -> list[int]:
        partitions = range(PARTITIONS)
        return [self.region.replicator._materializer.head(number).head.sequence for number in partitions]


@asynccontextmanager
async def administered(*names: str) -> AsyncIterator[Administered]:
    async with regions(*(names or REGIONS)) as made:
        made[HOME].start()
        await (made[HOME].vouched() if len(made) > 1 else made[HOME].ready())
        yield Administered(made[HOME])


async def test_the_first_administrator_gets_an_account_and_a_second_time_another_access_key_of_it() -> None:
    async with administered() as side:
        first = await side.administration.create_administrator()
        second = await side.administration.create_administrator()
        assert (first.former, second.former) == ((), (first.access_key_id,))
        assert first.account == second.account
        assert first.access_key_id != second.access_key_id
        for account, access_key_id, secret, _ in (first, second):
            wrapped = side.access_key(access_key_id).wrapped
            assert wrapped is not None
            assert side.vault.open_secret(access_key_binding(account, access_key_id), wrapped) == secret
            assert secret.reveal().decode() not in repr((account, access_key_id, secret))


async def test_an_administrator_that_was_made_in_part_is_made_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with administered() as side:

        def break_off(*_given: object) -> None:
            raise InternalFailure("broken off")

        with monkeypatch.context() as broken:
            broken.setattr("shared.identity.decide_access_keys.create_access_key", break_off)
            with pytest.raises(InternalFailure):
                await side.administration.create_administrator()
        sequences = sum(side.sequences())
        made = await side.administration.create_administrator()
        assert made.former == ()
        assert sum(side.sequences()) == sequences + 1  # the access key, with its signing keys


async def test_an_account_of_another_home_is_not_taken_for_the_own() -> None:
    async with administered() as side:
        elsewhere = AccountCreated("111122223333", PEER, "theirs")
        partition = partition_of("111122223333", PARTITIONS)
        draft = Draft(partition, None, ((account_stream("111122223333"), 0),), body=encode_change("", [elsewhere]))
        assert (await side.region.submit(draft)).verdict == Verdict.APPLIED
        assert (await side.administration.create_administrator()).account != "111122223333"


async def test_every_peer_gets_35_dates_from_yesterday() -> None:
    async with administered() as side:
        access_key_id = (await side.administration.create_administrator()).access_key_id
        assert side.access_key(access_key_id).issued == (
            (THIRD, "20260309", SIGNING_KEY_DAYS),
            (PEER, "20260309", SIGNING_KEY_DAYS),
        )


async def test_signing_keys_are_issued_once_and_renewed_when_fewer_than_28_days_are_left() -> None:
    async with administered() as side:
        access_key_id = (await side.administration.create_administrator()).access_key_id
        before = side.sequences()
        await side.administration.due_secrets.run()
        side.clock += (SIGNING_KEY_DAYS - 2 - RENEW_WITH_DAYS_LEFT) * DAY
        await side.administration.due_secrets.run()
        assert side.sequences() == before
        side.clock += DAY
        for _ in range(3):
            await side.administration.due_secrets.run()
        assert sum(side.sequences()) == sum(before) + 1
        assert {first for _, first, _ in side.access_key(access_key_id).issued} == {"20260315"}


async def test_an_access_key_that_fails_keeps_no_other_from_its_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with administered() as side:
        made = [await side.administration.create_administrator() for _ in range(2)]
        failing, renewed = sorted(one.access_key_id for one in made)
        before = side.access_key(renewed).issued
        side.clock += 30 * DAY
        due, is_due = side.administration.due_secrets, side.administration.due_secrets._is_due

        def fails(access_key: AccessKey, region: str) -> bool:
            if access_key.access_key_id == failing:
                raise LookupError
            return is_due(access_key, region)

        monkeypatch.setattr(due, "_is_due", fails)
        await due.run()
        assert side.access_key(failing).issued == before
        assert side.access_key(renewed).issued != before


async def test_deactivated_access_keys_are_renewed_once_they_are_active_again() -> None:
    async with administered() as side:
        account, access_key_id, _, _ = await side.administration.create_administrator()
        before = side.access_key(access_key_id).issued
        side.clock += 30 * DAY
        for status in ("Inactive", "Active"):
            command = UpdateAccessKey(HOME, account, ADMINISTRATOR, access_key_id, status)
            await side.administration.change(account, partial(update_access_key, command))
            await side.administration.due_secrets.run()
            assert (side.access_key(access_key_id).issued == before) is (status == "Inactive")


async def test_bundle_opens_in_its_own_region_alone_and_signs_for_no_other() -> None:
    async with administered() as side:
        sealed: dict[tuple[str, str], bytes] = {}
        seal, peers = side.vault.seal_secret, (PEER, THIRD)

        def noted(region: str, binding: str, secret: Secret) -> bytes:
            sealed[region, binding] = seal(region, binding, secret)
            return sealed[region, binding]

        side.vault.seal_secret = noted  # type: ignore[method-assign]
        account, access_key_id, secret, _ = await side.administration.create_administrator()
        binding = signing_keys_binding(account, access_key_id, "20260309")
        assert set(sealed) == {(region, binding) for region in peers}
        for region, other in (peers, peers[::-1]):
            bundle = RegionVault(KEYS[region], PARTITIONS, dict).open_sealed(binding, sealed[region, binding])
            of_region = region_key(secret.reveal(), "20260310", region)
            keys = [service_key(of_region, service) for service in (*REGIONAL_KEYS, "iam")]
            assert len(bundle.reveal()) == 32 * len(REGIONAL_KEYS) * SIGNING_KEY_DAYS
            assert bundle.reveal()[32 * len(REGIONAL_KEYS) :].startswith(b"".join(keys[:-1]))
            assert keys[-1] not in bundle.reveal()
            assert service_key(region_key(secret.reveal(), "20260310", other), "kms") not in bundle.reveal()
            with pytest.raises(SecretUnavailable):
                RegionVault(KEYS[other], PARTITIONS, dict).open_sealed(binding, sealed[region, binding])


async def test_failed_issue_of_one_key_is_said_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async with administered() as side:
        access_key_id = (await side.administration.create_administrator()).access_key_id
        submit, side.clock = side.region.replicator.submit, side.clock + 30 * DAY

        async def refuse(_draft: Draft, seconds: float = 0) -> Answer:
            return Answer(UNAVAILABLE, "the partition waits", 0)

        side.region.replicator.submit = refuse  # type: ignore[assignment, method-assign]
        await side.administration.due_secrets.run()
        assert caplog.text.count("could not be issued") == 1
        side.region.replicator.submit = submit  # type: ignore[method-assign]
        await side.administration.due_secrets.run()
        assert {first for _, first, _ in side.access_key(access_key_id).issued} == {"20260408"}


async def test_peers_are_admitted_once_in_every_partition() -> None:
    async with administered() as side:
        with side.store.read() as snapshot:
            view = SnapshotView(snapshot, PARTITIONS)
            pinned = [view.peer(number, region) for number in range(PARTITIONS) for region in (PEER, THIRD)]
        assert all(pinned)
        before = side.sequences()
        await side.administration.admit_peers({region: KEYS[region].encoded_card for region in (PEER, THIRD)})
        assert side.sequences() == before


async def test_changed_card_file_is_said_and_not_taken(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with administered() as side:
        before, cards = side.sequences(), dict(side.region.replicator._cards())
        other = make_region_keys(PEER, 1, side.clock).encoded_card
        await side.administration.admit_peers({PEER: other})
        assert caplog.text.count("differs from the pinned card") == PARTITIONS
        assert (side.sequences(), dict(side.region.replicator._cards())) == (before, cards)


async def test_what_hinders_a_card_is_said_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """A round a minute would fill the log with it."""
    async with administered(HOME) as side:
        submit = side.region.replicator.submit

        async def refuse(_draft: Draft, seconds: float = 0) -> Answer:
            return Answer(UNAVAILABLE, "the partition waits", 0)

        side.region.replicator.submit = refuse  # type: ignore[assignment, method-assign]
        cards = {PEER: KEYS[PEER].encoded_card, THIRD: b"no card"}
        for _ in range(3):
            await side.administration.admit_peers(cards)
        assert caplog.text.count("not admitted") == PARTITIONS
        assert caplog.text.count("cannot be used") == 1
        side.region.replicator.submit = submit  # type: ignore[method-assign]
        await side.administration.admit_peers(cards)
        assert set(side.region.replicator._cards()) == {PEER}


async def test_region_without_peers_has_nothing_due() -> None:
    async with administered(HOME) as side:
        access_key_id = (await side.administration.create_administrator()).access_key_id
        before = side.sequences()
        side.clock += 100 * DAY
        await side.administration.due_secrets.run()
        assert side.access_key(access_key_id).issued == ()
        assert side.sequences() == before
