"""Regions whose operator lists a proxy and a cluster, and stores in them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings, OutsideMachines
from tests.authority import Authority
from tests.services.region_node.operations.fake_region import FakeRegion
from tests.softhsm import PASSWORD, softhsm_module
from tests.xks.proxy import XksProxy

HOST = "proxy.example.com"
ENDPOINT = f"https://{HOST}"
PATH = "/kms/xks/v1"
ACCESS_KEY_ID = "ABCDEFGHIJKLMNOPQRST"
SECRET = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-1"
CLUSTER = "cluster-2a23b4cdefg"
OTHER_CLUSTER = "cluster-3b34c5defgh"
PATIENT_MILLISECONDS = 10_000
TOKEN = "handlers"

EXTERNAL: dict[str, Any] = {
    "CustomKeyStoreName": "external",
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyUriEndpoint": ENDPOINT,
    "XksProxyUriPath": PATH,
    "XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET},
    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
}


class Outside:
    """A region, its proxy, and what asks the region about both."""

    def __init__(self, folder: Path) -> None:
        self.region = FakeRegion()
        self.authority = Authority(folder)
        self.proxy = XksProxy(HOST, ACCESS_KEY_ID, SECRET, "us-east-1", PATH)
        self.proxy.add_key("external-1")

    async def start(self) -> None:
        address = await self.proxy.start(self.authority.server(HOST))
        self.external = ExternalKeyStoreSettings(
            ENDPOINT, address, self.authority.file, SERVICE, answer_milliseconds=PATIENT_MILLISECONDS
        )
        self.region.list_machines(OutsideMachines((self.external,)))

    def list_clusters(self, **changes: Any) -> None:
        """The cluster is a token of SoftHSM2."""
        clusters = tuple(
            HsmClusterSettings(cluster, softhsm_module(), TOKEN, **changes) for cluster in (CLUSTER, OTHER_CLUSTER)
        )
        self.region.list_machines(OutsideMachines((self.external,), clusters))

    @property
    def trust_anchor(self) -> str:
        return self.authority.file.read_text()

    def in_cluster(self, **changes: Any) -> dict[str, Any]:
        """The parameters of CreateCustomKeyStore for the cluster."""
        return {
            "CustomKeyStoreName": "in a cluster",
            "CloudHsmClusterId": CLUSTER,
            "TrustAnchorCertificate": self.trust_anchor,
            "KeyStorePassword": PASSWORD,
            **changes,
        }

    async def create(self, **parameters: Any) -> str:
        return str((await self.region.ask("CreateCustomKeyStore", **parameters)).custom_key_store_id)

    async def connected_external(self) -> str:
        store = await self.create(**EXTERNAL)
        await self.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
        return store

    async def connected_cluster(self) -> str:
        self.list_clusters()
        store = await self.create(**self.in_cluster())
        await self.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
        return store

    async def external_key(self, external_key_id: str = "external-1", **parameters: Any) -> str:
        """A key in a new external key store."""
        store = await self.connected_external()
        return await self.region.create_key(
            Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=external_key_id, **parameters
        )

    async def cluster_key(self, **parameters: Any) -> str:
        """A key in a new store in the cluster."""
        store = await self.connected_cluster()
        return await self.region.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store, **parameters)

    async def described(self, store: str) -> Any:
        (entry,) = (await self.region.ask("DescribeCustomKeyStores", CustomKeyStoreId=store)).custom_key_stores
        return entry

    async def close(self) -> None:
        self.region.key_stores.close()
        await self.proxy.close()


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    made = Outside(tmp_path)
    await made.start()
    yield made
    await made.close()
