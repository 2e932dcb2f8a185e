"""A region where everything exists that a request may name, as often as it is needed.

Owns its making: once, with a peer region, machines for custom key stores, and an enclave whose root it trusts. What is
handed out is a copy that goes on from there alone.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from services.region_node.erasure.settings import ErasureSettings
from services.region_node.requests.settings import AttestationSettings
from services.region_node.settings.settings import NodeSettings
from tests.nitro.enclave import Enclave
from tests.properties.inhabitants import settle
from tests.properties.remembering import Known, RememberingClient, encoded
from tests.properties.stores_outside import StoresOutside
from tests.services.region_node.running_replicator import REGIONS
from tests.services.region_node.serving import Serving, serving
from tests.services.region_node.serving_copies import Copy, copy_of, serving_copy

PEER = REGIONS[1]
DAY_SECONDS = 86_400
NEVER_HOURS = 10_000_000
"""What the region erased by itself meanwhile would be taken for a request's doing."""


class InhabitedRegion:
    """`known` is what lives there."""

    def __init__(self, runner: asyncio.Runner, copy: Copy, known: Known) -> None:
        self._runner, self._copy, self.known = runner, copy, known

    @contextmanager
    def opened(self) -> Iterator[Serving]:
        """A copy of it that serves."""
        region = serving_copy(self._runner, self._copy)
        try:
            yield region
        finally:
            region.close()


@contextmanager
def inhabited_region(runner: asyncio.Runner, folder: Path) -> Iterator[InhabitedRegion]:
    """Made in `folder`, which outlasts it."""
    outside = StoresOutside(folder, REGIONS[0])
    machines = runner.run(outside.start())
    enclave = Enclave(time.time_ns() // 1_000_000)
    (folder / "root.pem").write_bytes(enclave.root.pem)

    def change(settings: NodeSettings) -> NodeSettings:
        return replace(
            settings,
            external_key_stores=machines.external_key_stores,
            hsm_clusters=machines.hsm_clusters,
            attestation=AttestationSettings((folder / "root.pem",), DAY_SECONDS),
            erasure=ErasureSettings(advance_hours=NEVER_HOURS),
        )

    region = serving(runner, PEER, change=change)
    try:
        client = RememberingClient(region)
        settle(client)
        outside.settle(client)
        _settle_in_two_regions(runner, client)
        _settle_abroad(client)
        _ask_as_enclave(client, enclave)
        yield InhabitedRegion(runner, copy_of(region, folder / "copy"), client.known)
    finally:
        region.close()
        runner.run(outside.close())


def _settle_in_two_regions(runner: asyncio.Runner, client: RememberingClient) -> None:
    """A primary, a replica, a replica that is disabled, and a primary that waits for its replica to go."""
    primary, replica, disabled, waiting = (client.create_key(MultiRegion=True) for _ in range(4))
    for key_id in (primary, replica, disabled, waiting):
        client.ask("ReplicateKey", KeyId=key_id, ReplicaRegion=PEER)
    for key_id in (replica, disabled):
        client.ask("UpdatePrimaryRegion", KeyId=key_id, PrimaryRegion=PEER)
        while _state(client, key_id) != ("REPLICA", "Enabled"):
            runner.run(asyncio.sleep(0.01))
    client.ask("DisableKey", KeyId=disabled)
    client.ask("ScheduleKeyDeletion", KeyId=waiting, PendingWindowInDays=7)
    assert _state(client, waiting) == ("PRIMARY", "PendingReplicaDeletion")
    client.learn("RegionType", *REGIONS)
    client.known.granted["UpdatePrimaryRegion"].append({"KeyId": primary, "PrimaryRegion": PEER})


def _state(client: RememberingClient, key_id: str) -> tuple[str, str]:
    metadata = client.region.ask("DescribeKey", KeyId=key_id)["KeyMetadata"]
    return metadata["MultiRegionConfiguration"]["MultiRegionKeyType"], metadata["KeyState"]


def _settle_abroad(client: RememberingClient) -> None:
    """Another account's key and alias."""
    stranger = client.region.another()
    metadata = client.region.ask("CreateKey", caller=stranger)["KeyMetadata"]
    client.region.ask("CreateAlias", caller=stranger, AliasName="alias/theirs", TargetKeyId=metadata["KeyId"])
    alias = metadata["Arn"].replace(f"key/{metadata['KeyId']}", "alias/theirs")
    client.learn("KeyIdType", metadata["KeyId"], metadata["Arn"], alias)


def _ask_as_enclave(client: RememberingClient, enclave: Enclave) -> None:
    document = encoded(enclave.document())
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}
    client.learn("AttestationDocumentType", document)
    key_id = client.create_key()
    blob = client.ask("GenerateDataKey", KeyId=key_id, KeySpec="AES_128", Recipient=recipient)["CiphertextBlob"]
    client.ask("Decrypt", CiphertextBlob=blob, Recipient=recipient)
    client.ask("GenerateDataKeyPair", KeyId=key_id, KeyPairSpec="ECC_NIST_P256", Recipient=recipient)
    client.ask("GenerateRandom", NumberOfBytes=8, Recipient=recipient)
