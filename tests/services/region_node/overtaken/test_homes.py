"""What a home had said that was taken over while it still ran is listed everywhere, and ended once, over real feeds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from services.region_node.keys.access_key_secrets import FreshAccessKey
from services.region_node.operator.questions import Refused, Verb, ask
from services.region_node.overtaken.change import OvertakenChange
from shared.decision import Decision
from shared.errors import KeyUnavailable
from shared.identifiers import user_stream
from shared.identity.commands import CreateUser, DeleteUser
from shared.identity.decide_policies import put_inline_policy
from shared.identity.decide_users import create_user, delete_user
from shared.identity.model import AccessKey, User
from shared.identity.naming import USER
from shared.identity.policy_commands import Named, PutInlinePolicy
from tests.services.region_node.operator.test_account_changes import access_key, account, home_of, start, state
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, RunningRegion, eventually, regions

HOME, PEER, THIRD = REGIONS
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'


async def listed(region: RunningRegion) -> list[OvertakenChange]:
    return [OvertakenChange(*row) for row in await ask(region.settings, Verb.OVERTAKEN)]


async def all_list(count: int, *running: RunningRegion) -> list[OvertakenChange]:
    """What every one of them lists, which is the same."""
    found: list[list[OvertakenChange]] = []
    for region in running:
        while len(await listed(region)) != count:
            pass
        found.append(await listed(region))
    assert all(one == found[0] for one in found)
    return found[0]


def user(region: RunningRegion, name: str) -> User | None:
    known = state(region, user_stream(ACCOUNT, name))
    return known if isinstance(known, User) else None


async def wanted(region: RunningRegion, decide: Callable[..., Decision], command: object) -> None:
    await region.replicator._administration.change(ACCOUNT, lambda view: decide(command, view))


async def an_access_key(home: RunningRegion) -> FreshAccessKey:
    """A region that has just begun exchanges its keys, and says so."""
    while True:
        with suppress(KeyUnavailable):
            return await home.replicator._administration.accounts.create_access_key(ACCOUNT)
        await asyncio.sleep(0.01)


async def split(home: RunningRegion, peer: RunningRegion, *others: RunningRegion) -> str:
    """The home changes its account while the stand-by is away, which takes it over; all hear each other again.

    The id of an access key that the home has deleted meanwhile.
    """
    await start(home, peer, *others)
    accounts = home.replicator._administration.accounts
    await accounts.create(ACCOUNT, "Example", PEER)
    await wanted(home, create_user, CreateUser(HOME, ACCOUNT, "alice", "AIDAALICE"))
    await wanted(home, create_user, CreateUser(HOME, ACCOUNT, "carol", "AIDACAROL"))
    key = await an_access_key(home)
    await eventually(lambda: all(user(one, "carol") and access_key(one, key.access_key_id) for one in (peer, *others)))
    await peer.stop()
    put = PutInlinePolicy(HOME, ACCOUNT, Named(USER, "alice"), "no", POLICY)
    await wanted(home, put_inline_policy, put)
    await wanted(home, create_user, CreateUser(HOME, ACCOUNT, "bob", "AIDABOB"))
    await wanted(home, delete_user, DeleteUser(HOME, ACCOUNT, "carol"))
    await accounts.delete_access_key(ACCOUNT, key.access_key_id)
    await eventually(lambda: all(access_key(one, key.access_key_id) is None for one in others))
    await home.stop()
    for other in others:
        await other.stop()
    peer.start()
    await peer.vouched()
    await peer.replicator._administration.accounts.take_home(ACCOUNT)
    for one in (home, *others):
        one.start()
    for one in (home, *others):
        await one.ready()
    await eventually(lambda: all(home_of(one) == PEER for one in (home, *others)))
    return key.access_key_id


def are_alike(*running: RunningRegion) -> bool:
    """All hold the same of the account and of its users, and nothing of it is frozen."""
    held = [(account(one), *(user(one, name) for name in ("alice", "bob", "carol"))) for one in running]
    return all(one == held[0] for one in held)


async def test_what_was_overtaken_is_listed_everywhere_and_ended_at_the_present_home() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        key = await split(home, peer, third)
        policy, bob, carol, deleted = await all_list(4, peer, third, home)
        told = [
            ("puts policy no of user/alice", PEER),
            ("makes user bob", PEER),
            ("deletes user carol", PEER),
            (f"deletes access key {key}", PEER),
        ]
        assert [(one.change, one.settled_in) for one in (policy, bob, carol, deleted)] == told
        assert (user(home, "bob"), user(peer, "bob")) != (None, None)
        with pytest.raises(Refused, match=PEER):
            await ask(home.settings, Verb.DO_OVERTAKEN_AGAIN, change=policy.name)
        assert await ask(peer.settings, Verb.DO_OVERTAKEN_AGAIN, change=policy.name) == ACCOUNT
        assert await ask(peer.settings, Verb.DROP_OVERTAKEN, change=bob.name) == ACCOUNT
        assert await ask(peer.settings, Verb.DROP_OVERTAKEN, change=carol.name) == ACCOUNT
        await eventually(lambda: are_alike(home, peer, third))
        alice = user(third, "alice")
        assert alice is not None
        assert alice.inline == (("no", POLICY),)
        assert user(home, "bob") is None
        assert user(home, "carol") is not None
        assert [one.name for one in await all_list(1, home, peer, third)] == [deleted.name]


async def test_an_access_key_that_was_deleted_by_an_overtaken_change_is_whole_again_once_that_is_dropped() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        key = await split(home, peer, third)
        await peer.replicator._administration.due_secrets.run()
        deleted = (await all_list(4, peer, third, home))[-1]
        await ask(peer.settings, Verb.DROP_OVERTAKEN, change=deleted.name)
        await peer.replicator._administration.due_secrets.run()

        def verifies(region: RunningRegion) -> bool:
            """What was said of a key that is not there has frozen its stream, until the home says what it holds."""
            with suppress(KeyUnavailable):
                known = access_key(region, key)
                return isinstance(known, AccessKey) and known.signing_keys is not None
            return False

        await eventually(lambda: verifies(third) and verifies(home))


async def test_what_was_ended_is_ended_again_alike_and_in_no_other_way() -> None:
    async with regions(HOME, PEER) as made:
        home, peer = made[HOME], made[PEER]
        await split(home, peer)
        bob = (await all_list(4, peer, home))[1]
        for _ in range(2):
            assert await ask(peer.settings, Verb.DROP_OVERTAKEN, change=bob.name) == ACCOUNT
        with pytest.raises(Refused, match="No overtaken change"):
            await ask(peer.settings, Verb.DO_OVERTAKEN_AGAIN, change=bob.name)
        assert len(await all_list(3, peer, home)) == 3


async def test_what_the_home_says_after_it_has_stepped_down_is_no_part_of_it() -> None:
    async with regions(HOME, PEER) as made:
        home, peer = made[HOME], made[PEER]
        await split(home, peer)
        accounts = peer.replicator._administration.accounts
        await accounts.update_stand_by(ACCOUNT, HOME)
        await peer.replicator._administration.due_secrets.run()
        await accounts.move_home(ACCOUNT)
        await eventually(lambda: home_of(home) == HOME)
        await wanted(home, create_user, CreateUser(HOME, ACCOUNT, "dave", "AIDADAVE"))
        await eventually(lambda: user(peer, "dave"))
        assert {one.settled_in for one in await all_list(4, peer, home)} == {HOME}
