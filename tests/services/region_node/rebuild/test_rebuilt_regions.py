"""A region that has lost everything is built anew from its peers, and nobody else passes for it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from replication.pulses.heard import Heard, HeardPulse
from replication.pulses.pulse import Pulse
from replication.records.position import Head
from replication.reports.rebuild_report import lost_in, own_rebuild
from replication.state.view import SnapshotView
from replication.writing.draft import UNAVAILABLE, Draft
from services.clock import now_milliseconds
from services.region_node.keys.vault import signing_keys_binding
from services.region_node.operator.questions import Verb
from services.region_node.rebuild.beginning import CannotRebuild, begin_anew
from services.region_node.rebuild.rebuilding import MARK
from services.region_node.settings.settings import Address, NodeSettings
from shared.crypto.region_card import decode_card
from shared.crypto.region_identity import RegionIdentity
from shared.errors import KeytideError
from shared.identity.model import SigningKeys
from shared.keys.model import DISABLED
from shared.rebuild.errors import MoreElsewhere, NotAPeer, NotTheCard, RegionAnswers
from shared.rebuild.model import Readmission
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.running_replicator import KEYS, NOW, PARTITIONS, REGIONS, eventually
from tests.shared.rebuild.cards import card_of

HOME, PEER, THIRD = REGIONS
ANYWHERE = Address("127.0.0.1", 0)
TOO_SHORT_SECONDS = 45
"""Mirrors look at a log that ends too early every 20 seconds."""


async def asked(asked_one: ErasingRegion, verb: Verb, **arguments: Any) -> Any:
    return await asked_one.replicator._returning.answers[verb](**arguments)


async def readmit(region: ErasingRegion, lost: ErasingRegion, **chosen: bool) -> None:
    """As the operator of `region` does it; its replicator begins anew."""
    card = lost.settings.card_file.read_bytes().hex()
    flags = {"even_though_it_answers": True, "without_the_tail": False, **chosen}
    await asked(region, Verb.READMIT, region=lost.name, card=card, **flags)
    await eventually(lambda: region._task is not None and region._task.done())
    await region.stop()
    region.start(again=True)


def lose(region: ErasingRegion) -> bytes:
    """All that it has written. Its card, as its peers have it."""
    card = region.settings.card_file.read_bytes() if region.settings.card_file.exists() else region.keys.encoded_card
    shutil.rmtree(region.folder)
    return card


@asynccontextmanager
async def three() -> AsyncIterator[tuple[ErasingRegion, ErasingRegion, ErasingRegion]]:
    async with erasing_regions(*REGIONS) as region:
        home, peer, third = (region[name] for name in REGIONS)
        await start(home, peer, third)
        yield home, peer, third


def cards_of(*regions: ErasingRegion) -> dict[str, bytes]:
    return {region.name: region.keys.encoded_card for region in regions}


async def rebuilt(lost: ErasingRegion, *peers: ErasingRegion) -> None:
    begin_anew(lost.settings, lose(lost), cards_of(*peers), NOW)
    for peer in peers:
        await readmit(peer, lost)
    lost.start()
    for region in (*peers, lost):
        await region.ready()
    await eventually(lambda: not lost.replicator._homecoming.hindrance, 60)


async def test_a_replica_comes_back_disabled_and_opens_what_it_opened() -> None:
    async with three() as (home, peer, third):
        account, access_key = await administrator(home)
        key = await home.create_key()
        await home.replicate(key, THIRD)
        await eventually(lambda: third.opened(key) and access_key_of(third, access_key))
        secret = home.opened(key)
        await third.stop()
        await rebuilt(third, home, peer)
        came = third.key(key)
        assert came is not None
        assert came.state == DISABLED
        await eventually(lambda: third.opened(key) is not None, TOO_SHORT_SECONDS)
        assert third.opened(key) == secret
        given = access_key_of(third, access_key)
        assert given is not None
        binding = signing_keys_binding(account, access_key, given.first_date)
        assert third.vault.open_secret(binding, given.wrapped)
        assert not (third.folder / MARK).exists()
        for region in (home, peer, third):
            assert await region.checked() == (), region.name


async def administrator(home: ErasingRegion) -> tuple[str, str]:
    """An account whose home is there: its id, and that of an access key, which the others verify."""
    made = await home.replicator._administration.create_administrator(None)
    return made.account, made.access_key_id


def access_key_of(region: ErasingRegion, access_key_id: str) -> SigningKeys | None:
    with region.replicator._store.read() as snapshot:
        known = SnapshotView(snapshot, PARTITIONS).access_key(access_key_id)
    return None if known is None else known.signing_keys


async def test_its_own_history_comes_home_in_turns_with_what_it_rests_on_and_goes_on_as_one() -> None:
    async with three() as (home, peer, third):
        keys = []
        for _ in range(3):
            for one, other in ((home, third), (third, home)):
                keys.append(await one.create_key())
                await one.replicate(keys[-1], other.name)
                await eventually(partial(other.opened, keys[-1]))
        shared = third.shared_numbers()
        opened = {key: third.opened(key) for key in keys}
        await third.stop()
        await rebuilt(third, home, peer)
        assert all(now >= then for now, then in zip(third.shared_numbers(), shared, strict=True))
        for key in keys:
            await eventually(partial(third.opened, key), TOO_SHORT_SECONDS)
        assert {key: third.opened(key) for key in keys} == opened
        next_one = await third.create_key()
        await eventually(lambda: home.key(next_one) and peer.key(next_one), TOO_SHORT_SECONDS)
        with third.replicator._store.read() as snapshot:
            (lost,), own = lost_in(snapshot, PARTITIONS), own_rebuild(snapshot, THIRD, PARTITIONS)
        assert (lost.region, lost.readmitted, lost.tail) == (THIRD, (PEER, HOME), 0)
        assert lost.came_back == sum(shared)
        assert own is not None
        assert (own.ended_at > 0, set(own.disabled), own.lacking) == (True, set(keys), ())
        for region in (home, peer, third):
            assert await region.checked() == (), region.name


async def test_nothing_of_its_own_is_written_before_every_peer_has_readmitted_it() -> None:
    async with three() as (home, peer, third):
        await third.stop()
        begin_anew(third.settings, lose(third), cards_of(home, peer), NOW)
        await readmit(home, third)
        third.start()
        await third.ready()
        # Not heard, or, since the other peer tells again what it says, not readmitted.
        await eventually(lambda: PEER in third.replicator._homecoming.hindrance)
        assert (await third.submit(Draft(0, None, ()))).verdict == UNAVAILABLE
        assert third.vault.peer_regions() >= {HOME, PEER}, "whom it believes it may say"
        await eventually(lambda: "the region is built anew; not" in str(third.told["troubles"]))
        key = await home.create_key()
        await home.replicate(key, THIRD)
        await eventually(lambda: (there := third.key(key)) is not None and THIRD in there.replica_regions)
        assert third.opened(key) is None, "no key can be used before all are disabled"
        await readmit(peer, third)
        await eventually(lambda: not third.replicator._homecoming.hindrance, 40)
        came = third.key(key)
        assert came is not None
        assert came.state == DISABLED
        await eventually(lambda: third.opened(key) is not None, TOO_SHORT_SECONDS)


async def test_no_other_region_says_whom_this_one_believes() -> None:
    """A turned peer readmits an identity of its own making under the name of the lost one."""
    async with three() as (home, peer, third):
        await third.stop()
        lose(third)
        posing = RegionIdentity.generate()
        flags = {"even_though_it_answers": True, "without_the_tail": True}
        await asked(peer, Verb.READMIT, region=THIRD, card=card_of(THIRD, posing, 2).hex(), **flags)
        await eventually(lambda: home.states(f"readmission/{THIRD}/{PEER}"))
        (told, *_) = home.states(f"readmission/{THIRD}/{PEER}")
        assert isinstance(told, Readmission)
        assert told.identity == posing.public_bytes, "it is heard of, so that people can compare"
        verify = home.replicator._federation.verify
        assert verify(THIRD, b"word", third.keys.identity.sign(b"word"))
        assert not verify(THIRD, b"word", posing.sign(b"word"))


async def test_what_the_lost_identity_signs_counts_for_nothing_once_it_is_replaced() -> None:
    async with three() as (home, peer, third):
        before = third.keys.identity
        await eventually(lambda: home.replicator._witness.seen.of(THIRD).highest)
        await third.stop()
        copy = shutil.copytree(third.folder, third.folder.with_name("zombie"), ignore=lambda *_: ["replicator.sock"])
        begin_anew(third.settings, lose(third), cards_of(home, peer), NOW)
        await readmit(home, third)
        await home.ready()
        (former,) = home.settings.peer_card_file(THIRD).parent.glob(f"{THIRD}.*.former")
        assert decode_card(former.read_bytes()).identity == before.public_bytes, "old receipts can still be checked"
        verify, present = home.replicator._federation.verify, decode_card(third.settings.card_file.read_bytes())
        assert not verify(THIRD, b"word", before.sign(b"word"))
        assert home.replicator._federation.known_cards()[THIRD].identity == present.identity
        shutil.rmtree(third.folder)
        copy.rename(third.folder)  # the lost one comes back, put back to an old disk
        third.start()
        await third.ready()  # the peer, whose operator has not replaced it, confirms its log
        made = await third.create_key()
        await eventually(lambda: peer.key(made), 40)
        assert home.key(made) is None
        assert [path.name for path in (home.folder / "witness").glob(f"{THIRD}.*")], "what it signed is kept beside"


async def test_a_card_is_refused_that_could_not_take_the_place_of_the_pinned_one() -> None:
    async with erasing_regions(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await start(home, peer)
        card = RegionIdentity.generate()
        same_number = card_of(PEER, card, 1).hex()
        of_home = home.keys.encoded_card.hex()
        flags = {"even_though_it_answers": False, "without_the_tail": False}
        cases: tuple[tuple[type[KeytideError], str, str], ...] = (
            (NotAPeer, THIRD, same_number),
            (NotTheCard, PEER, "no card"),
            (NotTheCard, PEER, of_home),
            (NotTheCard, PEER, same_number),
        )
        for refusal, name, encoded in cases:
            with pytest.raises(refusal):
                await asked(home, Verb.READMIT, region=name, card=encoded, **flags)
        await eventually(lambda: PEER in home.replicator._standing.pulses.heard)
        with pytest.raises(RegionAnswers):
            await asked(home, Verb.READMIT, region=PEER, card=card_of(PEER, card, 2).hex(), **flags)
        assert not home.states("readmission/")


async def test_what_another_region_has_of_the_lost_one_comes_first() -> None:
    async with erasing_regions(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await start(home, peer)
        await peer.stop()
        begin_anew(peer.settings, lose(peer), cards_of(home), NOW)
        there, now = (Head(99, b"h" * 32),) * PARTITIONS, now_milliseconds()
        says = Pulse(1, THIRD, now, there, {PEER: there})
        home.replicator._standing.pulses.heard[THIRD] = heard = Heard(THIRD, PARTITIONS)
        heard.hear(HeardPulse(says, b"", now))
        with pytest.raises(MoreElsewhere, match=f"{THIRD} has 99 records of {PEER}"):
            await readmit(home, peer)
        await readmit(home, peer, without_the_tail=True)


def test_a_directory_that_holds_anything_is_kept(tmp_path: Path) -> None:
    settings, keys = NodeSettings(HOME, ANYWHERE, ANYWHERE, directory=tmp_path), KEYS[HOME]
    (tmp_path / "root").write_bytes(b"kept")
    with pytest.raises(CannotRebuild, match="is not empty"):
        begin_anew(settings, keys.encoded_card, {}, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["root"]
