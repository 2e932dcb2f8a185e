"""What a restored region holds of after its archive comes back disabled, whoever made it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from services.region_node.rebuild.restored import MARK, NOTED
from shared.keys.commands import KeyName, SetKeyEnabled
from shared.keys.decide import set_key_enabled
from shared.keys.model import DISABLED, ENABLED
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.rebuild.archived_region import archived, come_home, put_back
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, eventually

HOME, PEER, _ = REGIONS


class Found(NamedTuple):
    """The home stands as of an archive, its mark is there. `kept`: keys of the archive; `came`: made or given since."""

    home: ErasingRegion
    peer: ErasingRegion
    kept: tuple[str, ...]
    came: tuple[str, ...]


async def keys_of(home: ErasingRegion, peer: ErasingRegion) -> tuple[str, ...]:
    """One of each way in which a region comes to a key. Those of the peer are made first: made once it has heard of the
    home's, they would rest on those, and a home that has lost these adopts them only once it has fetched these back.
    """
    given = await peer.create_key()
    await peer.replicate(given, HOME)
    given_at_birth = await peer.create_family(HOME)
    keys = (await home.create_key(), given, await home.create_family(PEER), given_at_birth)
    await eventually(lambda: all(home.opened(key) for key in keys) and all(map(peer.key, keys)))
    return keys


@asynccontextmanager
async def restored() -> AsyncIterator[Found]:
    async with erasing_regions(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await start(home, peer)
        kept = await keys_of(home, peer)
        await archived(home)
        came = await keys_of(home, peer)
        for command in (SetKeyEnabled(KeyName(HOME, ACCOUNT, key_id), enabled=False) for key_id in came):
            assert (await home.change(partial(set_key_enabled, command))).verdict == "applied"
        await put_back(home, peer)
        yield Found(home, peer, kept, came)


async def at_home(home: ErasingRegion, *, again: bool = False) -> ErasingRegion:
    """Started, and come home."""
    home.start(again=again)
    await home.ready()
    await come_home(home)
    return home


async def on_the_way_home(home: ErasingRegion) -> None:
    """Started, and not to come home: it is told so before its first round, in which it might."""
    home.start()
    home.replicator._homecoming._unheard = lambda: "somebody is away"  # type: ignore[method-assign]
    await home.ready()


def states(region: ErasingRegion, keys: tuple[str, ...]) -> set[str | None]:
    return {key and key.state for key in map(region.key, keys)}


async def test_what_came_since_the_archive_is_disabled_whoever_made_it() -> None:
    async with restored() as found:
        home = await at_home(found.home)
        assert states(home, found.came) == {DISABLED}
        assert states(home, found.kept) == {ENABLED}
        assert all(map(home.opened, found.kept))
        assert not (home.folder / MARK).exists()
        assert not (home.folder / NOTED).exists()
        assert await home.checked() == ()


async def test_no_key_that_came_since_opens_before_it_is_disabled() -> None:
    async with restored() as found:
        home = found.home
        await on_the_way_home(home)
        given = found.came[1], found.came[3]
        await eventually(lambda: all(map(home.key, given)))
        assert states(home, given) == {ENABLED}
        assert not any(map(home.opened, given))


async def test_the_material_of_what_is_disabled_is_asked_for_once_the_region_is_home() -> None:
    async with restored() as found:
        home = await at_home(found.home)
        await home.round()
        await eventually(lambda: found.peer.states("secret-request/"), 40)
        await found.peer.round()
        await eventually(lambda: all(map(home.opened, found.came[1:])), 40)
        assert states(home, found.came) == {DISABLED}


async def test_a_start_in_the_midst_of_it_still_knows_what_the_archive_held() -> None:
    async with restored() as found:
        home = found.home
        await on_the_way_home(home)
        await eventually(lambda: all(map(home.key, (found.came[1], found.came[3]))))
        await home.stop()
        await at_home(home, again=True)
        assert states(home, found.came) == {DISABLED}
        assert states(home, found.kept) == {ENABLED}
