"""A region where everything exists that a request may name, as often as it is needed.

Owns its making: once, with a peer region, two proxies of external key stores, and an enclave whose root it trusts. What
is handed out is a copy that goes on from there alone.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.region_node.key_stores.settings import ExternalKeyStoreSettings
from services.region_node.request_settings import AttestationSettings
from services.region_node.settings import NodeSettings
from tests.nitro.enclave import Enclave
from tests.properties.inhabitants import MESSAGE, settle
from tests.properties.remembering import Known, RememberingClient, encoded
from tests.services.region_node.running_replicator import REGIONS
from tests.services.region_node.serving import Copy, Serving, serving, serving_copy
from tests.xks.certificates import Authority
from tests.xks.proxy import XksProxy

PEER = REGIONS[1]
ACCESS_KEY_ID = "ABCDEFGHIJKLMNOPQRST"
SECRET = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
PATH = "/kms/xks/v1"
HOSTS = ("gone.example.com", "one.example.com", "two.example.com")
ANSWER_MILLISECONDS = 10_000
DAY_SECONDS = 86_400


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
    proxies = [XksProxy(host, ACCESS_KEY_ID, SECRET, REGIONS[0], PATH) for host in HOSTS]
    authority = Authority(folder)
    external = tuple(runner.run(_listed(proxy, authority)) for proxy in proxies)
    enclave = Enclave(time.time_ns() // 1_000_000)
    (folder / "root.pem").write_bytes(enclave.root.pem)
    attestation = AttestationSettings((folder / "root.pem",), DAY_SECONDS)

    def change(settings: NodeSettings) -> NodeSettings:
        return replace(settings, external_key_stores=external, attestation=attestation)

    region = serving(runner, PEER, change=change)
    try:
        client = RememberingClient(region)
        _settle_in_two_regions(runner, client)
        _settle_outside(client)
        settle(client)
        _settle_abroad(client)
        _ask_as_enclave(client, enclave)
        yield InhabitedRegion(runner, region.copy_to(folder / "copy"), client.known)
    finally:
        region.close()
        for proxy in proxies:
            runner.run(proxy.close())


async def _listed(proxy: XksProxy, authority: Authority) -> ExternalKeyStoreSettings:
    proxy.add_key("external-1")
    proxy.add_key("external-2")
    address = await proxy.start(authority.server(proxy.host))
    return ExternalKeyStoreSettings(
        f"https://{proxy.host}", address, authority.file, answer_milliseconds=ANSWER_MILLISECONDS
    )


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


def _settle_outside(client: RememberingClient) -> None:
    """A store that is gone; one that is connected; and one that has been, so that its key is unavailable."""
    gone, *hosts = HOSTS
    store = _create_store(client, gone)
    client.ask("DeleteCustomKeyStore", CustomKeyStoreId=store)
    client.learn("CustomKeyStoreIdType", store)
    for host in hosts:
        store = _create_store(client, host)
        client.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
        client.learn("CustomKeyStoreIdType", store)
        key_id = client.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-1")
        blob = client.ask("Encrypt", KeyId=key_id, Plaintext=MESSAGE)["CiphertextBlob"]
        client.learn("CiphertextType", blob)
        client.ask("Decrypt", CiphertextBlob=blob)
    client.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    client.ask("UpdateCustomKeyStore", CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
    client.ask("DescribeCustomKeyStores", Limit=1)
    client.learn("CustomKeyStoreNameType", "renamed", *HOSTS)
    client.learn("XksKeyIdType", "external-1", "external-2", "external-3")


def _create_store(client: RememberingClient, host: str) -> str:
    asked: dict[str, Any] = {
        "CustomKeyStoreName": host,
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyUriEndpoint": f"https://{host}",
        "XksProxyUriPath": PATH,
        "XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET},
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
    }
    client.learn("XksProxyUriEndpointType", asked["XksProxyUriEndpoint"])
    client.learn("XksProxyUriPathType", PATH)
    return str(client.ask("CreateCustomKeyStore", **asked)["CustomKeyStoreId"])


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
    client.ask("GenerateDataKey", KeyId=key_id, KeySpec="AES_128", Recipient=recipient)
    client.ask("GenerateRandom", NumberOfBytes=8, Recipient=recipient)
