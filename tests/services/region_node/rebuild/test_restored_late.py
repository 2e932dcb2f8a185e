"""What a restored region adopts again late, or is given anew, comes back disabled, too: nothing opens in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from replication.sharing.mirror import Mirror
from shared.keys.commands import KeyName, SetKeyEnabled
from shared.keys.decide import set_key_enabled
from shared.keys.model import DISABLED, ENABLED
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.rebuild.archived_region import archived, come_home, hindrance, put_back
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, eventually

HOME, PEER, _ = REGIONS


@asynccontextmanager
async def two() -> AsyncIterator[tuple[ErasingRegion, ErasingRegion]]:
    async with erasing_regions(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await start(home, peer)
        yield home, peer


def state(region: ErasingRegion, key_id: str) -> str | None:
    key = region.key(key_id)
    return key and key.state


def created_at(region: ErasingRegion, key_id: str) -> int:
    key = region.key(key_id)
    return key.created_at if key else 0


async def disable(home: ErasingRegion, key_id: str) -> None:
    command = SetKeyEnabled(KeyName(HOME, ACCOUNT, key_id), enabled=False)
    assert (await home.change(partial(set_key_enabled, command))).verdict == "applied"


async def test_what_a_peer_gave_since_is_disabled_though_its_log_is_read_late(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two() as (home, peer):
        await archived(home)
        given = await peer.create_family(HOME)
        await eventually(lambda: home.opened(given))
        await disable(home, given)
        await put_back(home, peer)
        readable, read = asyncio.Event(), Mirror._read

        async def late(mirror: Mirror) -> None:
            if mirror._here.region == HOME:
                await readable.wait()
            await read(mirror)

        monkeypatch.setattr(Mirror, "_read", late)
        home.start()
        await home.ready()
        await eventually(lambda: f"records of {PEER}" in hindrance(home) or not hindrance(home))
        readable.set()
        await come_home(home)
        assert state(home, given) == DISABLED
        assert home.opened(given) is None


async def test_a_replica_that_was_given_anew_since_does_not_open_before_it_is_disabled() -> None:
    async with two() as (home, peer):
        given = await peer.create_key()
        await peer.replicate(given, HOME)
        await eventually(lambda: home.opened(given))
        await archived(home)
        await home.end(given)
        await eventually(lambda: (key := peer.key(given)) and HOME not in key.replica_regions)
        await peer.replicate(given, HOME)
        await eventually(lambda: home.opened(given))
        since = created_at(home, given)
        await disable(home, given)
        await put_back(home, peer)
        home.start()
        home.replicator._returning._restored.lacking = lambda *_: "somebody is late"  # type: ignore[method-assign]
        await home.ready()
        await eventually(lambda: created_at(home, given) == since)
        assert state(home, given) == ENABLED
        assert home.opened(given) is None


async def test_two_that_are_restored_at_once_come_home_without_what_neither_has_any_more() -> None:
    async with two() as (home, peer):
        for one in (home, peer):
            await archived(one)
        given = await peer.create_family(HOME), await home.create_family(PEER)
        await eventually(lambda: all(one.opened(key) for one in (home, peer) for key in given))
        await put_back(home, peer)
        await put_back(peer)
        for one in (home, peer):
            one.start()
        for one in (home, peer):
            await one.ready()
        await come_home(home, peer)
        assert not any(one.key(key) for one in (home, peer) for key in given)
