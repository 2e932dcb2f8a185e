"""Unmodified boto3 and custom key stores: a region whose operator lists a proxy and a cluster."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings
from services.region_node.settings.settings import write_node_settings
from tests.authority import Authority
from tests.running import Running, child_environment, code_of, free_port
from tests.softhsm import PASSWORD, softhsm_module
from tests.xks.proxy import XksProxy

REGION = "us-east-1"
HOST = "proxy.example.com"
ACCESS_KEY_ID = "ABCDEFGHIJKLMNOPQRST"
SECRET = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
CLUSTER = "cluster-2a23b4cdefg"
CONTEXT = {"purpose": "test"}
PROXY: dict[str, Any] = {
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyUriEndpoint": f"https://{HOST}",
    "XksProxyUriPath": "/kms/xks/v1",
    "XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET},
    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
}


class RunningProxy:
    """The proxy, in a loop and a thread of its own: the region's processes have to reach it."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.proxy = XksProxy(HOST, ACCESS_KEY_ID, SECRET, REGION)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.address = self._do(self.proxy.start(self.authority.server(HOST)))

    def close(self) -> None:
        self._do(self.proxy.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, asked: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(30)


class Site:
    """The region, its proxy, and the directory that its operator has set up."""

    def __init__(self, folder: Path) -> None:
        module = softhsm_module()  # before anything is started: it skips where there is none
        self.outside = RunningProxy(folder)
        self.directory, port = folder / "keytide", free_port()
        topology = Topology((REGION,), self.directory, port, workers=2, kafka=False)
        (node,) = prepare(topology, time.time_ns() // 1_000_000).nodes
        (node.directory / "authority.pem").write_bytes(self.outside.authority.file.read_bytes())
        external = ExternalKeyStoreSettings(
            f"https://{HOST}", self.outside.address, Path("authority.pem"), answer_milliseconds=10_000
        )
        cluster = HsmClusterSettings(CLUSTER, module, "live")
        write_node_settings(replace(node, external_key_stores=(external,), hsm_clusters=(cluster,)))
        self.running = Running(self.directory, (REGION,), "--workers", "2", port=port)

    def close(self) -> None:
        self.running.close()
        self.outside.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("key-stores"))
    try:
        made.running.ready()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def kms(site: Site) -> Any:
    return site.running.client(REGION)


@pytest.fixture(scope="module")
def stores(site: Site, kms: Any) -> dict[str, str]:
    """A connected store of each type."""
    made = {
        "EXTERNAL_KEY_STORE": kms.create_custom_key_store(CustomKeyStoreName="external", **PROXY),
        "AWS_CLOUDHSM": kms.create_custom_key_store(
            CustomKeyStoreName="cluster",
            CloudHsmClusterId=CLUSTER,
            TrustAnchorCertificate=site.outside.authority.file.read_text(),
            KeyStorePassword=PASSWORD,
        ),
    }
    ids = {kind: str(answer["CustomKeyStoreId"]) for kind, answer in made.items()}
    for store in ids.values():
        kms.connect_custom_key_store(CustomKeyStoreId=store)
        (entry,) = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
        assert entry["ConnectionState"] == "CONNECTED", entry
    return ids


def create_key(site: Site, kms: Any, stores: dict[str, str], kind: str) -> dict[str, Any]:
    parameters = {}
    if kind == "EXTERNAL_KEY_STORE":
        parameters["XksKeyId"] = f"external-{len(site.outside.proxy.keys)}"
        site.outside.proxy.add_key(parameters["XksKeyId"])
    answer = kms.create_key(Origin=kind, CustomKeyStoreId=stores[kind], **parameters)
    return dict(answer["KeyMetadata"])


kinds = pytest.mark.parametrize("kind", ["EXTERNAL_KEY_STORE", "AWS_CLOUDHSM"])


@kinds
def test_a_key_in_a_store_encrypts_through_every_worker(
    site: Site, kms: Any, stores: dict[str, str], kind: str
) -> None:
    metadata = create_key(site, kms, stores, kind)
    key = metadata["KeyId"]
    assert (metadata["Origin"], metadata["CustomKeyStoreId"]) == (kind, stores[kind])
    blobs = [
        site.running.client(REGION).encrypt(KeyId=key, Plaintext=b"attack", EncryptionContext=CONTEXT)["CiphertextBlob"]
        for _ in range(6)
    ]
    for blob in blobs:
        opened = site.running.client(REGION).decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
        assert (opened["Plaintext"], opened["KeyId"]) == (b"attack", metadata["Arn"])
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    moved = kms.re_encrypt(CiphertextBlob=blobs[0], SourceEncryptionContext=CONTEXT, DestinationKeyId=key)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"attack"


@kinds
def test_a_disconnected_store_makes_its_keys_unavailable(
    site: Site, kms: Any, stores: dict[str, str], kind: str
) -> None:
    key = create_key(site, kms, stores, kind)["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"attack")["CiphertextBlob"]
    kms.disconnect_custom_key_store(CustomKeyStoreId=stores[kind])
    try:
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Unavailable"
        with pytest.raises(ClientError, match="is unavailable") as refused:
            kms.decrypt(CiphertextBlob=blob)
        assert code_of(refused.value) == "KMSInvalidStateException"
        with pytest.raises(ClientError) as refused:
            kms.delete_custom_key_store(CustomKeyStoreId=stores[kind])
        assert code_of(refused.value) == "CustomKeyStoreHasCMKsException"
    finally:
        kms.connect_custom_key_store(CustomKeyStoreId=stores[kind])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"attack"


def test_two_keys_have_two_external_keys(site: Site, kms: Any, stores: dict[str, str]) -> None:
    name = create_key(site, kms, stores, "EXTERNAL_KEY_STORE")["XksKeyConfiguration"]["Id"]
    with pytest.raises(ClientError) as refused:
        kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=stores["EXTERNAL_KEY_STORE"], XksKeyId=name)
    assert code_of(refused.value) == "XksKeyAlreadyInUseException"


def test_random_bytes_come_from_the_cluster(kms: Any, stores: dict[str, str]) -> None:
    answer = kms.generate_random(NumberOfBytes=32, CustomKeyStoreId=stores["AWS_CLOUDHSM"])
    assert len(answer["Plaintext"]) == 32


def test_an_endpoint_that_nobody_lists_is_not_connected_to(kms: Any) -> None:
    with pytest.raises(ClientError, match="external_key_stores") as refused:
        kms.create_custom_key_store(
            CustomKeyStoreName="x", **{**PROXY, "XksProxyUriEndpoint": "https://metadata.example.com"}
        )
    assert code_of(refused.value) == "XksProxyUriUnreachableException"


def test_no_secret_stands_in_a_file_of_the_region(site: Site, stores: dict[str, str]) -> None:
    """Neither log nor state nor logs hold the credential or the password in clear."""
    assert stores
    files = [file for file in site.directory.rglob("*") if file.is_file()]
    assert len(files) > 10
    holding = [file for file in files if (content := file.read_bytes()) and (SECRET.encode() in content)]
    holding += [file for file in files if PASSWORD.encode() in file.read_bytes()]
    assert holding == []


def test_the_checker_finds_nothing_wrong(site: Site, stores: dict[str, str]) -> None:
    assert stores
    command = [sys.executable, "-P", "-m", "services.cli", "verify", "--directory", str(site.directory)]
    checked = subprocess.run(command, env=child_environment(), capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_stores_and_keys_survive_a_rebuild_of_the_state(site: Site, kms: Any, stores: dict[str, str]) -> None:
    key = create_key(site, kms, stores, "EXTERNAL_KEY_STORE")["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"attack")["CiphertextBlob"]
    site.running.stop()
    for file in (site.directory / REGION / "state").iterdir():
        file.unlink()
    site.running = site.running.again()
    client = site.running.ready().client(REGION)
    assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"attack"
    with pytest.raises(ClientError) as refused:
        client.disconnect_custom_key_store(CustomKeyStoreId="cks-00000000000000000")
    assert code_of(refused.value) == "CustomKeyStoreNotFoundException"
