"""Custom key stores for a region: two proxies of external key stores, and a cluster of HSMs where SoftHSM2 is there."""

from pathlib import Path
from typing import Any

from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings, OutsideMachines
from tests import softhsm
from tests.authority import Authority
from tests.properties.inhabitants import MESSAGE
from tests.properties.remembering import RememberingClient
from tests.xks.proxy import XksProxy

ACCESS_KEY_ID = "ABCDEFGHIJKLMNOPQRST"
SECRET = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
PATH = "/kms/xks/v1"
HOSTS = ("gone.example.com", "one.example.com", "two.example.com")
EXTERNAL_KEYS = ("external-1", "external-2")
ANSWER_MILLISECONDS = 10_000
CLUSTER, TOKEN = "cluster-2a23b4cdefg", "handlers"


class StoresOutside:
    """The machines; `close` them after the region."""

    def __init__(self, folder: Path, region: str) -> None:
        self._authority = Authority(folder)
        self._proxies = [XksProxy(host, ACCESS_KEY_ID, SECRET, region, PATH) for host in HOSTS]

    async def start(self) -> OutsideMachines:
        """What the operator of the region lists."""
        clusters: tuple[HsmClusterSettings, ...] = ()
        if softhsm.installed():
            clusters = (HsmClusterSettings(CLUSTER, softhsm.softhsm_module(), TOKEN),)
        return OutsideMachines(tuple([await self._started(proxy) for proxy in self._proxies]), clusters)

    async def _started(self, proxy: XksProxy) -> ExternalKeyStoreSettings:
        for name in EXTERNAL_KEYS:
            proxy.add_key(name)
        address = await proxy.start(self._authority.server(proxy.host))
        endpoint = f"https://{proxy.host}"
        return ExternalKeyStoreSettings(
            endpoint, address, self._authority.file, answer_milliseconds=ANSWER_MILLISECONDS
        )

    def settle(self, client: RememberingClient) -> None:
        """A store that is gone; one that is connected; one that has been, so that its key is unavailable; a cluster."""
        client.learn("XksKeyIdType", *EXTERNAL_KEYS, "external-3")
        client.learn("CustomKeyStoreNameType", "renamed", *HOSTS)
        gone, connected, disconnected = (_create_store(client, host) for host in HOSTS)
        client.ask("DeleteCustomKeyStore", CustomKeyStoreId=gone)
        for store in (connected, disconnected):
            client.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
            placed = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": EXTERNAL_KEYS[0]}
            _use(client, client.create_key(**placed))
        client.ask("DisconnectCustomKeyStore", CustomKeyStoreId=disconnected)
        client.ask("UpdateCustomKeyStore", CustomKeyStoreId=disconnected, NewCustomKeyStoreName="renamed")
        if softhsm.installed():
            self._settle_in_cluster(client)
        client.ask("DescribeCustomKeyStores", Limit=1)

    def _settle_in_cluster(self, client: RememberingClient) -> None:
        asked = {
            "CloudHsmClusterId": CLUSTER,
            "TrustAnchorCertificate": self._authority.file.read_text(),
            "KeyStorePassword": softhsm.PASSWORD,
        }
        store = client.ask("CreateCustomKeyStore", CustomKeyStoreName="cluster", **asked)["CustomKeyStoreId"]
        client.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
        client.learn("CustomKeyStoreIdType", store)
        client.learn("CloudHsmClusterIdType", CLUSTER, "cluster-3b34c5defgh")
        client.learn("TrustAnchorCertificateType", asked["TrustAnchorCertificate"])
        client.learn("KeyStorePasswordType", softhsm.PASSWORD)
        _use(client, client.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store))

    async def close(self) -> None:
        for proxy in self._proxies:
            await proxy.close()


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
    store = str(client.ask("CreateCustomKeyStore", **asked)["CustomKeyStoreId"])
    client.learn("CustomKeyStoreIdType", store)
    return store


def _use(client: RememberingClient, key_id: str) -> None:
    blob = client.ask("Encrypt", KeyId=key_id, Plaintext=MESSAGE)["CiphertextBlob"]
    client.learn("CiphertextType", blob)
    client.ask("Decrypt", CiphertextBlob=blob)
