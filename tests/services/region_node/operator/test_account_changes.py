"""What an operator changes about accounts, over replicators of three regions: homes, stand-bys, root and services."""

import pytest

from replication.state.view import SnapshotView
from services.region_node.keys.vault import access_key_binding
from shared.errors import KeytideError, ValidationFailed
from shared.identifiers import account_stream
from shared.identity.errors import IdentityLimitExceeded, NoSuchEntity, NotHome
from shared.identity.model import AccessKey, Account, ServiceControl
from shared.identity.naming import service_control_stream
from shared.secrets import Secret
from tests.services.region_node.running_replicator import (
    ACCOUNT,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)

HOME, PEER, THIRD = REGIONS
ALLOW = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'


async def start(*running: RunningRegion) -> None:
    for region in running:
        region.start()
    for region in running:
        await region.ready()


def state(region: RunningRegion, stream: str) -> object:
    with region.replicator._store.read() as snapshot:
        return SnapshotView(snapshot, PARTITIONS).state(stream)


def account(region: RunningRegion) -> Account | None:
    known = state(region, account_stream(ACCOUNT))
    return known if isinstance(known, Account) else None


def home_of(region: RunningRegion) -> str | None:
    known = account(region)
    return None if known is None else known.home_region


def access_key(region: RunningRegion, access_key_id: str) -> AccessKey | None:
    with region.replicator._store.read() as snapshot:
        return SnapshotView(snapshot, PARTITIONS).access_key(access_key_id)


def holds(region: RunningRegion, access_key_id: str, secret: Secret) -> bool:
    known = access_key(region, access_key_id)
    if known is None or known.wrapped is None:
        return False
    return region.vault.open_secret(access_key_binding(ACCOUNT, access_key_id), known.wrapped) == secret


def verifies(region: RunningRegion, access_key_id: str) -> bool:
    known = access_key(region, access_key_id)
    return known is not None and known.signing_keys is not None


async def test_a_home_moves_with_its_secrets_and_back() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        await start(home, peer, third)
        changes = home.replicator._administration.accounts
        await changes.create(ACCOUNT, "Example", PEER)
        key = await changes.create_access_key(ACCOUNT)
        await eventually(lambda: holds(peer, key.access_key_id, key.secret) and verifies(third, key.access_key_id))
        assert not holds(third, key.access_key_id, key.secret)
        assert not verifies(peer, key.access_key_id)
        await changes.move_home(ACCOUNT)
        await eventually(lambda: home_of(peer) == home_of(third) == PEER)
        with pytest.raises(NotHome):
            await changes.create_access_key(ACCOUNT)
        moved = peer.replicator._administration.accounts
        later = await moved.create_access_key(ACCOUNT)
        await eventually(lambda: holds(home, later.access_key_id, later.secret))
        await moved.move_home(ACCOUNT)
        await eventually(lambda: home_of(home) == home_of(third) == HOME)
        assert account(home) == account(third)


async def test_changes_wait_for_no_more_regions_than_there_are() -> None:
    async with regions(HOME, PEER) as made:
        home, peer = made[HOME], made[PEER]
        await start(home, peer)
        changes = home.replicator._administration.accounts
        await changes.create(ACCOUNT, "Example", PEER)
        with pytest.raises(ValidationFailed, match="has 1 peers: no change could wait for 2"):
            await changes.set_synchronous(ACCOUNT, 2)
        await changes.set_synchronous(ACCOUNT, 1)
        await eventually(lambda: (known := account(peer)) is not None and known.synchronous_regions == 1)


async def test_a_new_stand_by_gets_every_secret_and_the_old_one_forgets_them() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        await start(home, peer, third)
        administration = home.replicator._administration
        await administration.accounts.create(ACCOUNT, "Example", PEER)
        key = await administration.accounts.create_access_key(ACCOUNT)
        await administration.accounts.update_stand_by(ACCOUNT, THIRD)
        with pytest.raises(ValidationFailed, match="yet"):
            await administration.accounts.move_home(ACCOUNT)
        await administration.due_secrets.run()
        await eventually(lambda: holds(third, key.access_key_id, key.secret) and verifies(peer, key.access_key_id))
        assert not holds(peer, key.access_key_id, key.secret)
        known = access_key(home, key.access_key_id)
        assert known is not None
        assert known.held_in == (THIRD, HOME)


async def test_a_home_that_is_gone_is_taken_over_and_steps_down_when_it_returns() -> None:
    async with regions(*REGIONS) as made:
        home, peer, third = (made[name] for name in REGIONS)
        await start(home, peer, third)
        changes = home.replicator._administration.accounts
        await changes.create(ACCOUNT, "Example", PEER)
        key = await changes.create_access_key(ACCOUNT)
        await eventually(lambda: holds(peer, key.access_key_id, key.secret) and home_of(third) == HOME)
        await home.stop()
        taken = peer.replicator._administration
        await taken.accounts.take_home(ACCOUNT)
        await taken.due_secrets.run()
        await eventually(lambda: home_of(third) == PEER)
        await start(home)
        await eventually(lambda: home_of(home) == PEER and not holds(home, key.access_key_id, key.secret))
        assert account(home) == account(peer) == account(third)
        with pytest.raises(NotHome):
            await home.replicator._administration.accounts.create_access_key(ACCOUNT)


async def test_an_operator_gives_root_and_services_access_keys_and_takes_them() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        changes = made[HOME].replicator._administration.accounts
        await changes.create(ACCOUNT, "Example")
        service = await changes.create_access_key(ACCOUNT, service_principal="backup.example.com")
        root = [await changes.create_access_key(ACCOUNT) for _ in range(2)]
        with pytest.raises(IdentityLimitExceeded):
            await changes.create_access_key(ACCOUNT)
        await changes.create_access_key(ACCOUNT, most=3)
        known = access_key(made[HOME], service.access_key_id)
        assert known is not None
        assert (known.service_principal, known.held_in) == ("backup.example.com", (HOME,))
        await changes.delete_access_key(ACCOUNT, service.access_key_id, "backup.example.com")
        await changes.delete_access_key(ACCOUNT, root[0].access_key_id)
        assert access_key(made[HOME], service.access_key_id) is None
        with pytest.raises(NoSuchEntity):
            await changes.create_access_key(ACCOUNT, "nobody")


async def test_an_operator_puts_service_control_policies_and_removes_them() -> None:
    async with regions(HOME) as made:
        await start(made[HOME])
        changes = made[HOME].replicator._administration.accounts
        await changes.create(ACCOUNT, "Example")
        await changes.put_service_control_policy(ACCOUNT, "root", "all", ALLOW)
        stream = service_control_stream(ACCOUNT)
        assert state(made[HOME], stream) == ServiceControl(ACCOUNT, (("root", "all", ALLOW),))
        with pytest.raises(KeytideError):
            await changes.put_service_control_policy(ACCOUNT, "root", "other", "nonsense")
        await changes.remove_service_control_policy(ACCOUNT, "root", "all")
        assert state(made[HOME], stream) is None
