"""The advance of domain keys: each step follows from the state, wherever the node was stopped."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext, suppress

import pytest

from replication.fold.judge import Verdict
from replication.writing.draft import Answer, Draft
from services.clock import now_milliseconds
from services.region_node.changes.recording import Place
from services.region_node.erasure.domain_care import HOUR, DomainCare
from services.region_node.erasure.epoch_opening import EpochOpening
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.cabinet import Cabinet, domain_file, fresh_in, numbers_in, waiting_for
from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.region_keys import fresh_domain_key
from services.region_node.keys.vault import RegionVault
from services.region_node.nodes.key_copies import Copies
from shared.crypto.domain_keys import SecretUnavailable, fingerprint
from shared.erasure.events import EpochOpened
from shared.erasure.model import Domain
from shared.identifiers import key_stream, partition_of
from shared.secrets import Secret
from tests.services.region_node.erasing_regions import ROOT, ErasingRegion, erasing_regions, start
from tests.services.region_node.erasure.test_erasure import binding_of, pair_in_one_bucket, secret_of
from tests.services.region_node.nodes.own_copy import OwnCopy
from tests.services.region_node.running_replicator import ACCOUNT, PARTITIONS, REGIONS

HOME = REGIONS[0]
STEPS = 8
"""The key is kept, its epoch opened, it takes its place, the waiting file goes, the secrets are wrapped again, the old
epoch is closed, its key destroyed, that told."""
DAY = 24 * HOUR


class Crashed(BaseException):
    """Stands for the end of the process."""


class Crashing:
    """Counts the steps that reach the disk or the log, and ends the process before or after one of them."""

    def __init__(self, at: int, *, before: bool) -> None:
        self._left, self._before = at, before

    @property
    def crashed(self) -> bool:
        return self._left <= 0

    @contextmanager
    def step(self) -> Iterator[None]:
        self._left -= 1
        if self._left == 0 and self._before:
            raise Crashed
        yield
        if self._left == 0:
            raise Crashed


class CrashingCabinet:
    """Of the region's own cabinet."""

    def __init__(self, cabinet: Cabinet, crashing: Crashing) -> None:
        self._cabinet, self._crashing = cabinet, crashing

    def names(self) -> list[str]:
        return self._cabinet.names()

    def open(self, name: str) -> Secret:
        return self._cabinet.open(name)

    def add(self, name: str, secret: Secret) -> None:
        with self._crashing.step():
            self._cabinet.add(name, secret)

    def destroy(self, names: Collection[str]) -> None:
        with self._crashing.step() if names else nullcontext():
            self._cabinet.destroy(names)


def care_of(
    region: ErasingRegion,
    settings: ErasureSettings,
    crashing: Crashing | None = None,
    now: Callable[[], int] = now_milliseconds,
    copies: Copies | None = None,
) -> DomainCare:
    """As a new process makes it: from the disk and the state alone."""
    keys = open_region_keys(region.settings.keys_directory, region.name, ROOT)
    crashing = crashing or Crashing(1_000, before=True)

    async def submit(draft: Draft) -> Answer:
        with crashing.step():
            return await region.submit(draft)

    place = Place(region.name, "node-1", PARTITIONS, region.replicator._store, submit, now)
    vault = RegionVault(keys, PARTITIONS, dict)
    keys = keys._replace(cabinet=CrashingCabinet(keys.cabinet, crashing))
    fresh = FreshKeys(keys, KnownKeys(region.name, PARTITIONS, keys.domain_keys.buckets, place.store))
    opening = EpochOpening(place, settings.min_copies, fresh, copies or OwnCopy("node-1"))
    return DomainCare(place, settings, keys, vault, opening)


AT_ONCE = ErasureSettings(advance_hours=0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_a_node_that_ends_at_any_step_leaves_all_that_lives_and_goes_on_from_there(before: bool) -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        for at in range(1, STEPS + 2):
            doomed, living = await pair_in_one_bucket(home)
            bucket = home.vault.bucket(ACCOUNT, binding_of(home, doomed))
            epoch, secret = home.domain(bucket).epoch, secret_of(home, living)
            await home.end(doomed)
            crashing = Crashing(at, before=before)
            with suppress(Crashed):
                for _ in range(3):
                    await care_of(home, AT_ONCE, crashing).run()
            assert crashing.crashed is (at <= STEPS)
            require_order(home, bucket)
            assert living_of(home, living) == secret, f"after a crash at step {at}"
            for _ in range(4):
                await care_of(home, AT_ONCE).run()
                require_order(home, bucket)
            domain = home.domain(bucket)
            told = (("node-1", epoch),)
            assert domain == Domain(bucket, epoch + 1, domain.opened_at, epoch, told, domain.fingerprint)
            assert living_of(home, living) == secret


def living_of(home: ErasingRegion, key_id: str) -> Secret:
    """The key as a process opens it that knows nothing but the disk."""
    key = home.key(key_id)
    assert key is not None
    return vault_of(home).open_material(key, key.current_material)


def vault_of(home: ErasingRegion) -> RegionVault:
    return RegionVault(open_region_keys(home.settings.keys_directory, home.name, ROOT), PARTITIONS, dict)


def opens(home: ErasingRegion, binding: str, wrapped: bytes) -> bool:
    try:
        vault_of(home).open_secret(binding, wrapped)
    except SecretUnavailable:
        return False
    return True


def require_order(home: ErasingRegion, bucket: int) -> None:
    """The key of an epoch is on disk before the state knows the epoch, and until the state has closed it."""
    names = open_region_keys(home.settings.keys_directory, home.name, ROOT).cabinet.names()
    kept = [*names, *(wanted for wanted, _ in fresh_in(names))]
    held = {epoch for number, epoch in numbers_in("domain", kept) if number == bucket}
    domain = home.domain(bucket)
    assert set(range(domain.closed + 1, domain.epoch + 1)) <= held
    assert held <= set(range(domain.destroyed_at("node-1") + 1, domain.epoch + 2))


async def test_a_bucket_advances_when_something_was_destroyed_in_it_and_at_most_daily() -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        first, second = await pair_in_one_bucket(home)
        bucket = home.vault.bucket(ACCOUNT, binding_of(home, first))
        daily = ErasureSettings()
        await care_of(home, daily).run()
        assert home.domain(bucket).epoch == 1, "nothing was destroyed"
        await home.end(first)
        await care_of(home, daily).run()
        assert home.domain(bucket).epoch == 2
        opened_at = home.domain(bucket).opened_at
        await home.end(second)
        await care_of(home, daily, now=lambda: opened_at + DAY - 1).run()
        assert home.domain(bucket).epoch == 2, "the day is not over"
        await care_of(home, daily, now=lambda: opened_at + DAY - 1).run(at_once=True)
        assert home.domain(bucket).epoch == 3, "an operator does not wait"
        third = await home.create_key()
        await home.end(third)
        place = home.vault.bucket(ACCOUNT, binding_of_ended(third))
        before = home.domain(place)
        await care_of(home, daily, now=lambda: max(before.opened_at, opened_at) + DAY).run()
        assert home.domain(place).epoch == before.epoch + 1


def binding_of_ended(key_id: str) -> str:
    return f"material/{ACCOUNT}/{key_id}/ended"


class OneMore(OwnCopy):
    """A second node that keeps whatever it is handed."""

    async def stand(self, name: str, key: Secret) -> frozenset[str]:
        return await super().stand(name, key) | {"node-2"}


async def test_an_epoch_waits_until_its_key_stands_in_enough_places() -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        key_id = await home.create_key()
        bucket = home.vault.bucket(ACCOUNT, binding_of(home, key_id))
        await home.end(key_id)
        two = ErasureSettings(advance_hours=0, min_copies=2)
        await care_of(home, two).run()
        assert home.domain(bucket).epoch == 1
        cabinet = open_region_keys(home.settings.keys_directory, HOME, ROOT).cabinet
        (made,) = waiting_for(domain_file(bucket, 2), cabinet)
        await care_of(home, two, copies=OneMore("node-1")).run()
        assert home.domain(bucket).epoch == 2
        used = open_region_keys(home.settings.keys_directory, HOME, ROOT).cabinet.open(domain_file(bucket, 2))
        assert used == made, "the key that was made stays the epoch's"


async def test_nothing_is_closed_while_something_live_still_rests_on_it() -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        doomed, living = await pair_in_one_bucket(home)
        bucket = home.vault.bucket(ACCOUNT, binding_of(home, doomed))
        secret = secret_of(home, living)
        await home.end(doomed)
        contended = care_of(home, AT_ONCE)
        place = contended._place

        async def submit(draft: Draft) -> Answer:
            return Answer(Verdict.VOID, "", 0) if draft.domain is not None else await place.submit(draft)

        contended._place = place._replace(submit=submit)
        for _ in range(3):
            await contended.run()
            assert home.domain(bucket).closed == 0
            assert living_of(home, living) == secret
        for _ in range(2):
            await care_of(home, AT_ONCE).run()
        assert home.domain(bucket).closed == 1
        assert living_of(home, living) == secret


async def test_what_only_travels_is_wrapped_under_a_new_key_every_other_day_and_opens_until_it_has_run_out() -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        binding = f"session/{ACCOUNT}/ASIA"
        bucket = home.vault.bucket(ACCOUNT, binding)
        token = home.vault.wrap_secret(ACCOUNT, binding, Secret(b"share"))
        for age, epoch in ((2 * DAY - 2 * HOUR, 1), (2 * DAY + HOUR, 2)):
            care = care_of(home, AT_ONCE)
            care._born = now_milliseconds() - age
            await care.run(at_once=True)
            assert home.domain(bucket).epoch == epoch
        domain = home.domain(bucket)
        assert domain.closed == 0
        for hours, still in ((36, True), (37, False)):
            await care_of(home, AT_ONCE, now=lambda hours=hours: domain.opened_at + hours * HOUR).run()  # type: ignore[misc]
            assert opens(home, binding, token) is still


async def test_a_key_that_was_made_for_an_epoch_which_another_node_has_opened_is_dropped() -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        bucket = PARTITIONS
        home.keys.cabinet.add(domain_file(bucket, 2), fresh_domain_key())
        other = fingerprint(bucket, 2, fresh_domain_key())
        place = care_of(home, AT_ONCE)._place
        assert await place.record(0, [EpochOpened(bucket, 2, other)])
        await care_of(home, AT_ONCE).run()
        assert domain_file(bucket, 2) not in home.keys.cabinet.names()
        assert domain_file(bucket, 1) in home.keys.cabinet.names(), "the right key is not here yet"


async def test_an_epoch_lasts_while_a_frozen_stream_may_rest_on_it() -> None:
    """A record of a later version holds a secret under it, and is read after the upgrade."""
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        doomed, frozen = await pair_in_one_bucket(home)
        bucket = home.vault.bucket(ACCOUNT, binding_of(home, doomed))
        await home.end(doomed)
        await home.end(frozen)
        later = Draft(
            partition_of(ACCOUNT, PARTITIONS), b"later", ((key_stream(ACCOUNT, frozen), None),), body=b"later"
        )
        assert (await home.submit(later)).verdict == Verdict.FROZEN
        for _ in range(3):
            await care_of(home, AT_ONCE).run()
        assert (home.domain(bucket).epoch, home.domain(bucket).closed) == (2, 0)
