"""GetKeyLastUsage: what a client sees."""

from typing import Any

import pytest

from services.region_node.operations.table import OPERATIONS, AuditClass
from services.region_node.operations.types.last_usage import KeyLastUsageData
from services.region_node.requests.routes import ROUTES
from services.region_node.wire.json_protocol import TARGET_PREFIX
from services.region_node.worker.usage_store import LastUse
from shared.errors import AccessDenied, InvalidArn, KeytideError, NotFound
from shared.usage.operations import CRYPTOGRAPHIC_USES
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion

REQUEST_ID = "5a3f0d5c-9c1e-4a37-8ab9-2f4e3f1d1a11"


def arn_of(key_id: str) -> str:
    return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}"


async def last_usage(region: FakeRegion, key_id: str) -> Any:
    return await region.ask("GetKeyLastUsage", KeyId=key_id)


async def test_a_key_that_was_never_used_has_an_empty_usage(region: FakeRegion) -> None:
    key_id, now = await region.create_key(), region.view.time
    assert await last_usage(region, key_id) == (key_id, KeyLastUsageData(), now / 1000, now / 1000)


async def test_the_last_use_is_told(region: FakeRegion) -> None:
    key_id, now = await region.create_key(), region.view.time
    region.uses.last[arn_of(key_id)] = LastUse("ReEncrypt", now + 5, REQUEST_ID)
    for name in (key_id, arn_of(key_id)):
        answer = await last_usage(region, name)
        assert answer.key_last_usage == KeyLastUsageData("ReEncrypt", (now + 5) / 1000, None, REQUEST_ID)


async def test_tracking_began_with_the_region_or_with_the_key(region: FakeRegion) -> None:
    before = await region.create_key()
    region.uses.since = region.view.time + 1000
    assert (await last_usage(region, before)).tracking_start_date == region.uses.since / 1000
    region.view.time += 2000
    after = await region.create_key()
    assert (await last_usage(region, after)).tracking_start_date == region.view.time / 1000


async def test_a_use_of_an_earlier_replica_is_none_of_this_one(region: FakeRegion) -> None:
    key_id = await region.create_key()
    region.uses.last[arn_of(key_id)] = LastUse("Encrypt", region.view.time - 1, REQUEST_ID)
    assert (await last_usage(region, key_id)).key_last_usage == KeyLastUsageData()


@pytest.mark.parametrize("state", ["DisableKey", "ScheduleKeyDeletion"])
async def test_keys_in_every_state_tell_it(region: FakeRegion, state: str) -> None:
    key_id = await region.create_key()
    await region.ask(state, KeyId=key_id)
    assert (await last_usage(region, key_id)).key_id == key_id


@pytest.mark.parametrize(
    ("name", "account", "error"),
    [
        ("00000000-0000-4000-8000-000000000000", ACCOUNT, NotFound),
        ("alias/a", ACCOUNT, InvalidArn),
        (arn_of("00000000-0000-4000-8000-000000000000"), OTHER_ACCOUNT, AccessDenied),
    ],
)
async def test_only_own_keys_are_told_of(
    region: FakeRegion, name: str, account: str, error: type[KeytideError]
) -> None:
    with pytest.raises(error):
        await region.ask("GetKeyLastUsage", account, KeyId=name)


def test_every_use_of_a_key_is_noted_and_nothing_else() -> None:
    for name, row in OPERATIONS.items():
        used = ROUTES[TARGET_PREFIX + name.encode()].used
        assert bool(used) == (name in CRYPTOGRAPHIC_USES), name
        assert not used or row.audit is AuditClass.KEY_USE


def test_the_keys_of_an_answer_stand_where_they_are_looked_for() -> None:
    for name, members in (("Encrypt", ["key_id"]), ("ReEncrypt", ["source_key_id", "key_id"])):
        response = OPERATIONS[name].response
        assert response is not None
        assert [response._fields[place] for place in ROUTES[TARGET_PREFIX + name.encode()].used] == members
