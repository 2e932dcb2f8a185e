"""A scream test as its callers and its operator meet it: over signed requests, a real log, and a start of the node."""

import base64
from typing import Any

import pytest

from services.region_node.operator.questions import Refused, Verb, ask
from shared.audit.cloudtrail import cloudtrail_event
from shared.errors import DryRunSucceeded, InvalidKeyState, KeytideError
from shared.keys.errors import ScreamTestHit
from shared.keys.scream_events import ScreamTestStarted, ScreamTestStopped
from shared.usage.tally import BROWNED_OUT, counts_of
from tests.replication.written_log import ACCOUNT as SERVED_ACCOUNT
from tests.services.region_node.kept_entries import KeptEntries
from tests.services.region_node.operations.fake_region import ACCOUNT as FAKE_ACCOUNT
from tests.services.region_node.operations.fake_region import FakeRegion
from tests.services.region_node.operations.uses import USES, granted, key_for
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, regions
from tests.services.region_node.serving_region import ServingRegion

HOME = REGIONS[0]
TEST = "0123456789abcdef"
MINUTE = 60_000
CALLS = 2_000
TEXT = base64.b64encode(b"attack at dawn").decode()
SYMMETRIC: dict[str, dict[str, Any]] = {
    "Encrypt": {"Plaintext": TEXT},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
    "GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyPairWithoutPlaintext": {"KeyPairSpec": "ECC_NIST_P256"},
}


async def browned_out(region: ServingRegion, from_percent: int, to_percent: int, minutes_ago: int = 0) -> str:
    """A key whose test of 30 minutes has begun."""
    _, made = await region.ask("CreateKey")
    key_id = str(made["KeyMetadata"]["KeyId"])
    region.log.time = region.now - minutes_ago * MINUTE
    region.write(ScreamTestStarted(SERVED_ACCOUNT, key_id, TEST, from_percent, to_percent, 30, "operator"))
    return key_id


async def failed(region: ServingRegion, key_id: str, calls: int) -> int:
    statuses = [(await region.ask("Encrypt", KeyId=key_id, Plaintext=TEXT))[0] for _ in range(calls)]
    return sum(status == 400 for status in statuses)


async def test_of_2000_calls_the_share_that_was_asked_for_fails_and_none_after_the_end() -> None:
    region = ServingRegion()
    half_way = await browned_out(region, 20, 40, minutes_ago=15)
    assert 0.26 * CALLS < await failed(region, half_way, CALLS) < 0.34 * CALLS
    over = await browned_out(region, 20, 40, minutes_ago=31)
    assert await failed(region, over, 200) == 0


async def test_a_hit_is_told_in_aws_s_form_with_the_way_to_stop_it() -> None:
    region = ServingRegion()
    key_id = await browned_out(region, 100, 100)
    status, body = await region.ask("Encrypt", KeyId=key_id, Plaintext=TEXT)
    assert (status, body["__type"]) == (400, "KMSInvalidStateException")
    assert f"scream test {TEST}" in body["message"]
    assert f"keytide scream stop {key_id} --region {HOME}" in body["message"]
    assert (await region.ask("DescribeKey", KeyId=key_id))[0] == 200
    region.log.time = region.now
    region.write(ScreamTestStopped(SERVED_ACCOUNT, key_id, TEST, "somebody"))
    assert await failed(region, key_id, 50) == 0


async def test_the_entry_of_a_hit_names_the_test_and_counts_as_a_hit() -> None:
    kept = KeptEntries()
    region = ServingRegion(audited=kept.audited())
    key_id = await browned_out(region, 100, 100)
    kept.taken()
    await region.ask("Encrypt", KeyId=key_id, Plaintext=TEXT)
    (entry,) = kept.taken()
    key = f"arn:aws:kms:{HOME}:{SERVED_ACCOUNT}:key/{key_id}"
    assert entry.additional == {"ScreamTest": {"Test": TEST, "Key": key}}
    told = cloudtrail_event(entry, HOME, "event", "shared", SERVED_ACCOUNT)
    assert told["additionalEventData"] == {"screamTest": {"test": TEST, "key": key}}
    assert [(counted.key, counted.outcome) for counted, _ in counts_of(entry)] == [(key, BROWNED_OUT)]


async def test_a_key_that_is_pending_deletion_says_that_and_nothing_of_a_test() -> None:
    region = ServingRegion()
    key_id = await browned_out(region, 100, 100)
    await region.ask("ScheduleKeyDeletion", KeyId=key_id)
    _, body = await region.ask("Encrypt", KeyId=key_id, Plaintext=TEXT)
    assert "pending deletion" in body["message"]


def brown_out(region: FakeRegion, key_id: str) -> None:
    region.view.apply([ScreamTestStarted(FAKE_ACCOUNT, key_id, TEST, 100, 100, 30)])


HIT = (ScreamTestHit, DryRunSucceeded)
"""A dry run does not use the key."""


async def outcomes(region: FakeRegion, operation: str, parameters: dict[str, Any]) -> tuple[type[Exception], ...]:
    """How the call and a dry run of it are refused."""
    refused = []
    for more in ({}, {"DryRun": True}):
        with pytest.raises(KeytideError) as error:
            await region.ask(operation, **parameters, **more)
        refused.append(error.type)
    return tuple(refused)


@pytest.mark.parametrize("operation", USES)
async def test_every_use_of_an_asymmetric_or_hmac_key_can_be_hit(operation: str) -> None:
    region = FakeRegion()
    key_id = await key_for(region, operation)
    parameters = await granted(region, operation, key_id)
    brown_out(region, key_id)
    assert await outcomes(region, operation, parameters) == HIT


@pytest.mark.parametrize("operation", SYMMETRIC)
async def test_every_use_of_a_symmetric_key_can_be_hit(operation: str) -> None:
    region = FakeRegion()
    key_id = await region.create_key()
    brown_out(region, key_id)
    assert await outcomes(region, operation, {"KeyId": key_id, **SYMMETRIC[operation]}) == HIT


async def test_what_opens_a_blob_is_hit_with_the_key_of_the_blob_and_reencrypt_with_either() -> None:
    region = FakeRegion()
    source, destination = await region.create_key(), await region.create_key()
    blob = base64.b64encode((await region.ask("Encrypt", KeyId=source, Plaintext=TEXT)).ciphertext_blob).decode()
    between = {"CiphertextBlob": blob, "DestinationKeyId": destination}
    brown_out(region, destination)
    assert await outcomes(region, "ReEncrypt", between) == HIT
    await region.ask("Decrypt", CiphertextBlob=blob)
    brown_out(region, source)
    region.view.apply([ScreamTestStopped(FAKE_ACCOUNT, destination, TEST)])
    assert await outcomes(region, "ReEncrypt", between) == HIT
    assert await outcomes(region, "Decrypt", {"CiphertextBlob": blob}) == HIT


async def test_an_operator_starts_one_it_survives_a_start_of_the_node_and_he_stops_it_in_this_region_alone() -> None:
    async with regions(*REGIONS[:2]) as running:
        here, there = running[HOME], running[REGIONS[1]]
        for each in (here, there):
            each.start()
        for each in (here, there):
            await each.ready()
        key_id = await here.create_key()
        await here.replicate(key_id, there.name)
        asked: dict[str, Any] = {"from_percent": 5, "to_percent": 50, "minutes": 30, "asked_by": "ann@desk"}
        test = await ask(here.settings, Verb.START_SCREAM_TEST, account=ACCOUNT, key_id=key_id, **asked)
        await here.stop()
        here.start()
        await here.ready()
        key = here.key(key_id)
        assert key is not None
        assert key.scream_test is not None
        assert (key.scream_test.test, key.scream_test.started_by) == (test, "ann@desk")
        with pytest.raises(Refused, match="already"):
            await ask(here.settings, Verb.START_SCREAM_TEST, account=ACCOUNT, key_id=key_id, **asked)
        await ask(here.settings, Verb.STOP_SCREAM_TEST, account=ACCOUNT, key_id=key_id, asked_by="bob")
        stopped = here.key(key_id)
        assert stopped is not None
        assert stopped.scream_test is not None
        assert stopped.scream_test.stopped_by == "bob"
        with pytest.raises(Refused, match="no scream test"):
            await ask(here.settings, Verb.STOP_SCREAM_TEST, account=ACCOUNT, key_id=key_id, asked_by="bob")
        replica = there.key(key_id)
        assert replica is None or replica.scream_test is None


def test_sdks_do_not_try_such_a_refusal_again() -> None:
    assert issubclass(ScreamTestHit, InvalidKeyState)
    assert not ScreamTestHit.retryable
