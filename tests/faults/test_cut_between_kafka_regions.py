"""Regions on Kafka are cut off from each other and from their brokers: nothing acknowledged is lost, nobody hangs."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.faults.kafka_regions import KafkaRegions, kafka_regions
from tests.running import code_of, eventually, wait_until
from tests.thoroughness import in_full_only

DEADLINE_SECONDS = 15
LEEWAY_SECONDS = 5
"""For two cores that do something else as well."""
UNDECIDED = ("KMSInternalException", "DependencyTimeoutException")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[KafkaRegions]:
    with kafka_regions(tmp_path) as running:
        yield running


@pytest.fixture
def clients(regions: KafkaRegions) -> Iterator[tuple[Any, Any]]:
    found = tuple(region.client(regions.credentials) for region in (regions.near, regions.far))
    yield found[0], found[1]
    for client in found:
        client.close()


def made(client: Any, description: str) -> str:
    key: str = client.create_key(MultiRegion=True, Description=description)["KeyMetadata"]["KeyId"]
    return key


def shared_key(near: Any, far: Any, far_region: str) -> tuple[str, bytes]:
    """A key that both regions hold, and a ciphertext under it."""
    key = eventually(lambda: made(near, "shared"))
    near.replicate_key(KeyId=key, ReplicaRegion=far_region)
    blob: bytes = near.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    eventually(lambda: far.decrypt(CiphertextBlob=blob))
    return key, blob


def state_of(client: Any, key: str) -> str:
    return str(client.describe_key(KeyId=key)["KeyMetadata"]["Description"])


@in_full_only
def test_regions_that_are_cut_off_from_each_other_write_on_and_agree_once_the_line_is_mended(
    regions: KafkaRegions, clients: tuple[Any, Any]
) -> None:
    near, far = clients
    key, blob = shared_key(near, far, regions.far.region)
    with regions.apart():
        fresh = [
            (near, far, regions.far.region, made(near, "near")),
            (far, near, regions.near.region, made(far, "far")),
        ]
        near.rotate_key_on_demand(KeyId=key)
        rotated = near.encrypt(KeyId=key, Plaintext=b"since")["CiphertextBlob"]
        for here, _, there, new in fresh:
            here.replicate_key(KeyId=new, ReplicaRegion=there)
            assert here.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        for _, other, _, new in fresh:
            with pytest.raises(ClientError, match="NotFoundException"):
                other.describe_key(KeyId=new)
    for _, other, _, new in fresh:
        assert eventually(partial(other.describe_key, KeyId=new))["KeyMetadata"]["KeyId"] == new
    assert eventually(lambda: far.decrypt(CiphertextBlob=rotated))["Plaintext"] == b"since"


@in_full_only
def test_a_broker_that_cannot_be_reached_holds_no_change_past_its_deadline_and_stops_no_cryptography(
    regions: KafkaRegions, clients: tuple[Any, Any]
) -> None:
    near, far = clients
    _, blob = shared_key(near, far, regions.far.region)
    before = made(near, "before")
    with regions.without_broker(regions.near):
        started = time.monotonic()
        with pytest.raises(ClientError) as refused:
            near.update_key_description(KeyId=before, Description="undecided")
        assert time.monotonic() - started < DEADLINE_SECONDS + LEEWAY_SECONDS
        assert code_of(refused.value) in UNDECIDED
        for client in clients:
            assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        elsewhere = made(far, "elsewhere")
    eventually(lambda: near.update_key_description(KeyId=before, Description="after"))
    assert state_of(near, before) == "after"
    assert state_of(far, elsewhere) == "elsewhere"


@in_full_only
def test_brokers_that_are_restarted_at_once_lose_nothing_that_either_region_has_acknowledged(
    regions: KafkaRegions, clients: tuple[Any, Any]
) -> None:
    near, far = clients
    _, blob = shared_key(near, far, regions.far.region)
    kept = {made(client, name): client for client, name in ((near, "near"), (far, "far"))}
    regions.restart_brokers()
    for key, client in kept.items():
        assert state_of(client, key) in ("near", "far")
        assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        eventually(partial(client.update_key_description, KeyId=key, Description="after"))
    wait_until(lambda: all(state_of(client, key) == "after" for key, client in kept.items()), "both write on")
    for number, client in enumerate(clients):
        new = eventually(partial(made, client, "new"))
        there = (regions.far, regions.near)[number].region
        eventually(partial(client.replicate_key, KeyId=new, ReplicaRegion=there))
        assert eventually(partial(clients[1 - number].describe_key, KeyId=new))
