"""What an operator asks of a node over its socket, with real replicators."""

import asyncio
import contextlib

import pytest

from replication.state.state_store import StoreFailed
from replication.state.view import SnapshotView
from services.cli.faults import fault_line
from services.region_node.keys.vault import access_key_binding
from services.region_node.operator.questions import (
    NotReached,
    OutcomeUnknown,
    Refused,
    Verb,
    ask,
    ask_for_access_key,
)
from shared.identifiers import account_stream
from shared.identity.model import AccessKey, Account
from shared.secrets import Secret
from tests.services.region_node.running_replicator import PARTITIONS, REGIONS, RunningRegion, eventually, regions

HOME, PEER, THIRD = REGIONS


async def start(*running: RunningRegion) -> None:
    for region in running:
        region.start()
    for region in running:
        await region.ready()


def known(region: RunningRegion, access_key_id: str) -> AccessKey | None:
    with region.replicator._store.read() as snapshot:
        return SnapshotView(snapshot, PARTITIONS).access_key(access_key_id)


def account(region: RunningRegion, number: str) -> Account | None:
    with region.replicator._store.read() as snapshot:
        state = SnapshotView(snapshot, PARTITIONS).state(account_stream(number))
    return state if isinstance(state, Account) else None


def holds(region: RunningRegion, access_key_id: str, secret: Secret) -> bool:
    key = known(region, access_key_id)
    if key is None or key.wrapped is None:
        return False
    return region.vault.open_secret(access_key_binding(key.account, access_key_id), key.wrapped) == secret


async def test_an_account_is_made_with_an_administrator_whose_secret_the_stand_by_holds() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        await start(home, peer, third)
        key = await ask_for_access_key(home.settings, Verb.CREATE_ACCOUNT, name="Team", stand_by_region=PEER)
        await eventually(lambda: holds(peer, key.access_key_id, key.secret) and known(third, key.access_key_id))
        assert not holds(third, key.access_key_id, key.secret)
        there = account(home, key.account)
        assert there is not None
        assert (there.name, there.stand_by_region, key.former) == ("Team", PEER, ())
        again = await ask_for_access_key(home.settings, Verb.ADMINISTRATOR_KEY, account=key.account)
        third_key = await ask_for_access_key(home.settings, Verb.ADMINISTRATOR_KEY, account=key.account)
        assert set(third_key.former) == {key.access_key_id, again.access_key_id}


async def test_a_stand_by_gets_the_secrets_at_once_so_that_the_home_can_move() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        await start(home, peer, third)
        key = await ask_for_access_key(home.settings, Verb.CREATE_ACCOUNT, name="Team", stand_by_region=None)
        with pytest.raises(Refused, match="has no stand-by"):
            await ask(home.settings, Verb.MOVE_HOME, account=key.account)
        await ask(home.settings, Verb.UPDATE_STAND_BY, account=key.account, stand_by_region=PEER)
        await ask(home.settings, Verb.MOVE_HOME, account=key.account)
        await eventually(lambda: holds(peer, key.access_key_id, key.secret))
        with pytest.raises(Refused, match=f"is changed in its home region, {PEER}"):
            await ask(home.settings, Verb.UPDATE_STAND_BY, account=key.account, stand_by_region=THIRD)


async def test_the_stand_by_takes_the_home_and_its_administrator_goes_on() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        await start(home, peer, third)
        key = await ask_for_access_key(home.settings, Verb.CREATE_ACCOUNT, name="Team", stand_by_region=PEER)
        await eventually(lambda: known(peer, key.access_key_id) and account(third, key.account))
        await home.stop()
        with pytest.raises(Refused, match=f"Only {PEER}"):
            await ask(third.settings, Verb.TAKE_HOME, account=key.account)
        await ask(peer.settings, Verb.TAKE_HOME, account=key.account)
        made_there = await ask_for_access_key(peer.settings, Verb.ADMINISTRATOR_KEY, account=key.account)
        assert made_there.former == (key.access_key_id,)


async def test_root_and_services_have_access_keys_of_their_own() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        settings = made[HOME].settings
        number = (await ask_for_access_key(settings, Verb.CREATE_ACCOUNT, name="Team", stand_by_region=None)).account
        roots = [await ask_for_access_key(settings, Verb.ROOT_KEY, account=number) for _ in range(3)]
        assert set(roots[2].former) == {key.access_key_id for key in roots[:2]}
        service = {"account": number, "service_principal": "backup.example.com"}
        first = await ask_for_access_key(settings, Verb.SERVICE_KEY, **service)
        second = await ask_for_access_key(settings, Verb.SERVICE_KEY, **service)
        assert (first.former, second.former) == ((), (first.access_key_id,))
        with pytest.raises(Refused, match="is no service"):
            await ask(settings, Verb.SERVICE_KEY, account=number, service_principal="backup example")
        with pytest.raises(Refused, match="cannot be found"):  # a service's key is not the root user's
            await ask(settings, Verb.DELETE_ACCESS_KEY, account=number, access_key_id=first.access_key_id)
        await ask(settings, Verb.DELETE_ACCESS_KEY, access_key_id=first.access_key_id, **service)
        assert known(made[HOME], first.access_key_id) is None


async def test_an_administrator_is_of_an_account_that_there_is() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        with pytest.raises(Refused, match="Account 111122223333 does not exist"):
            await ask(made[HOME].settings, Verb.ADMINISTRATOR_KEY, account="111122223333")
        assert account(made[HOME], "111122223333") is None


async def test_only_a_peer_stands_by_and_the_first_account_waits_for_none() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        settings = made[HOME].settings
        with pytest.raises(Refused, match=f"'{PEER}' is no peer of {HOME}; its peers: none"):
            await ask(settings, Verb.CREATE_ACCOUNT, name="Team", stand_by_region=PEER)
        first = await ask_for_access_key(settings, Verb.CREATE_ADMINISTRATOR, stand_by_region=PEER)
        there = account(made[HOME], first.account)
        assert there is not None
        assert there.stand_by_region is None
        with pytest.raises(Refused, match="cannot be its stand-by"):
            await ask(settings, Verb.UPDATE_STAND_BY, account=first.account, stand_by_region=HOME)


async def test_the_refusal_says_what_to_do_in_one_line() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        with pytest.raises(Refused) as refusal:
            await ask(made[HOME].settings, Verb.CREATE_ACCOUNT, name="", stand_by_region=None)
        assert fault_line(refusal.value) == (
            "An account's name has 1 to 50 characters, printable ones of ASCII. "
            "Correct the parameter that the message names."
        )


async def test_a_region_that_does_not_run_is_named_with_how_to_start_it() -> None:
    async with regions(HOME) as made:
        with pytest.raises(NotReached, match=f"keytide node --region {HOME}") as fault:
            await ask(made[HOME].settings, Verb.MOVE_HOME, account="111122223333")
        assert str(fault.value).endswith("nothing was changed")


async def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.region_node.operator.questions.ANSWER_SECONDS", 0.05)
    ended = asyncio.Event()

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        ended.set()

    async with regions(HOME) as made:
        silent = await asyncio.start_unix_server(says_nothing, made[HOME].settings.replicator_socket)
        with pytest.raises(OutcomeUnknown, match="unknown"):
            await ask(made[HOME].settings, Verb.MOVE_HOME, account="111122223333")
        await ended.wait()
        silent.close()
        await silent.wait_closed()


async def test_what_another_version_asks_is_refused_and_the_node_goes_on() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        with pytest.raises(Refused, match="knows no 'abolish'"):
            await ask(made[HOME].settings, "abolish")  # type: ignore[arg-type]
        with pytest.raises(Refused, match="does not exist"):
            await ask(made[HOME].settings, Verb.MOVE_HOME, account="111122223333")


@pytest.mark.parametrize("fault", [KeyError("secret"), OSError("secret"), StoreFailed("secret"), TypeError("secret")])
async def test_a_fault_is_answered_and_stops_nothing(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(account: str) -> None:
        raise fault

    async with regions(HOME) as made:
        await start(made[HOME])
        replicator = made[HOME].replicator
        monkeypatch.setattr(replicator._administration.accounts, "require_home", lambda _account: None)
        monkeypatch.setattr(replicator._administration, "administrator_of", fails)
        with pytest.raises(OutcomeUnknown, match=f"has met a fault, {type(fault).__name__},") as unknown:
            await ask(made[HOME].settings, Verb.ADMINISTRATOR_KEY, account="111122223333")
        assert "secret" not in str(unknown.value) + caplog.text
        with pytest.raises(OutcomeUnknown, match="TypeError"):  # what another version of the command may ask
            await ask(made[HOME].settings, Verb.MOVE_HOME, name="no such argument")
        await made[HOME].create_key()
        assert made[HOME].told["ready"]
