"""The custom key stores of a region, as its operations use them: from a store's state to the machine behind it.

Owns which machine that is, and the refusals of those that the operator does not list.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cryptography.x509 import Certificate, load_pem_x509_certificate

from services.region_node.key_stores.calls import Calls
from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.cluster_causes import CLUSTER_NOT_LISTED, NOT_CONNECTED
from services.region_node.key_stores.https_connections import HttpsConnections
from services.region_node.key_stores.messages import Told
from services.region_node.key_stores.proxy import ExternalKeyStore
from services.region_node.key_stores.proxy_causes import PROXY_NOT_LISTED
from services.region_node.key_stores.proxy_signing import Credential
from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings, OutsideMachines
from services.region_node.keys.vault import key_store_binding
from services.region_node.requests.throttle import Throttle
from services.strict_settings import SettingsError
from shared.crypto.domain_keys import SecretUnavailable
from shared.errors import KeytideError, KeyUnavailable
from shared.key_stores.errors import ClusterNotFound, EndpointServiceNotFound, ProxyUnreachable
from shared.key_stores.model import CLOUDHSM, EXTERNAL_KEY_STORE, VPC_ENDPOINT_SERVICE, KeyStore
from shared.keys.model import Key
from shared.secrets import Secret

if TYPE_CHECKING:
    from services.region_node.key_stores.hsm_cluster import HsmCluster

log = logging.getLogger(__name__)


OpenSecret: TypeAlias = Callable[[str, bytes], Secret]
"""(binding, wrapped secret). Errors: SecretUnavailable."""


class Opened(NamedTuple):
    """What is made of the operator's entries at the start."""

    connections: Mapping[ExternalKeyStoreSettings, HttpsConnections]
    trust_anchors: Mapping[HsmClusterSettings, Certificate]


def open_machines(machines: OutsideMachines) -> Opened:
    """Nothing is connected yet. Errors: SettingsError for a file that cannot be used."""
    return Opened(
        {entry: _connections(entry) for entry in machines.external_key_stores},
        {entry: _certificate(file) for entry in machines.hsm_clusters if (file := entry.trust_anchor_file) is not None},
    )


class KeyStores:
    """One object a process. `now` gives integer milliseconds. `throttle` None: any rate of uses.

    Errors: SettingsError for a file that cannot be used.
    """

    def __init__(
        self,
        machines: OutsideMachines,
        region: str,
        open_secret: OpenSecret,
        now: Callable[[], int],
        throttle: Throttle | None = None,
    ) -> None:
        self._machines, self._region, self._open_secret, self._now = machines, region, open_secret, now
        self._throttle, self.calls = throttle, Calls()
        self._connections, self._trust_anchors = open_machines(machines)

    def require_listed(self, store: KeyStore) -> None:
        """Errors: ProxyUnreachable, EndpointServiceNotFound, ClusterNotFound."""
        if store.kind != EXTERNAL_KEY_STORE:
            if self._machines.cluster(store.account, store.cluster_id) is None:
                raise ClusterNotFound(CLUSTER_NOT_LISTED.text)
            return
        entry = self._machines.proxy(store.account, store.proxy_endpoint)
        if entry is None:
            raise ProxyUnreachable(PROXY_NOT_LISTED.text)
        by_service = store.proxy_connectivity == VPC_ENDPOINT_SERVICE
        if by_service and store.endpoint_service != entry.vpc_endpoint_service:
            raise EndpointServiceNotFound(
                "The operator of this region does not name this VPC endpoint service for the endpoint in node.json."
            )

    def count_use(self, store: KeyStore) -> None:
        """Count one use of a key in the store against its request quota. Errors: Throttled."""
        if self._throttle is not None:
            self._throttle.count_in_store(store.key_store_id, self._now())

    def trust_anchor(self, store: KeyStore) -> Certificate | None:
        """The certificate that the operator names for the store's cluster; None where there is none."""
        entry = self._machines.cluster(store.account, store.cluster_id)
        return None if entry is None else self._trust_anchors.get(entry)

    def proxy(self, store: KeyStore) -> ExternalKeyStore:
        """Errors: OutsideFailed, KeyUnavailable."""
        entry = self._machines.proxy(store.account, store.proxy_endpoint)
        if entry is None:
            raise OutsideFailed(PROXY_NOT_LISTED)
        credential = Credential(store.proxy_access_key_id or "", self._secret(store))
        connections, path = self._connections[entry], store.proxy_path or ""
        return ExternalKeyStore(connections, path, credential, self._region, self._now, self.calls)

    def cluster(self, store: KeyStore) -> "HsmCluster":
        """Errors: OutsideFailed, KeyUnavailable."""
        entry = self._machines.cluster(store.account, store.cluster_id)
        if entry is None:
            raise OutsideFailed(CLUSTER_NOT_LISTED)
        from services.region_node.key_stores.hsm_cluster import HsmCluster  # PKCS #11, which most nodes do without

        return HsmCluster(entry, self._secret(store), calls=self.calls)

    async def connect(self, store: KeyStore, told: Told) -> None:
        """Errors: OutsideFailed, Throttled, KeyUnavailable."""
        if store.kind == EXTERNAL_KEY_STORE:
            await self.proxy(store).connect(told)
        else:
            await self.cluster(store).connect()

    async def disconnect(self, store: KeyStore) -> None:
        """Let go of what was held for the store. Errors: OutsideFailed, Throttled, KeyUnavailable."""
        if store.kind != EXTERNAL_KEY_STORE:
            await self.cluster(store).disconnect()

    async def destroy(self, key: Key, store: KeyStore | None) -> None:
        """Destroy what `key` has in a cluster; an external key is nobody's but its owner's.

        Where that cannot be done it is said in the log, and the key goes all the same, as at AWS.
        """
        if key.origin != CLOUDHSM:
            return
        try:
            if store is None or not store.is_connected:
                raise OutsideFailed(NOT_CONNECTED)
            await self.cluster(store).destroy_key(key.key_id)
        except (OutsideFailed, KeytideError) as failed:
            extra = {"key": key.key_id, "key_store": key.custom_key_store_id, "reason": str(failed)}
            log.warning("the material of a deleted key stays in its cluster; destroy it there", extra=extra)

    def _secret(self, store: KeyStore) -> Secret:
        try:
            return self._open_secret(key_store_binding(store.account, store.key_store_id), store.wrapped)
        except SecretUnavailable:
            raise KeyUnavailable(f"The secret of custom key store {store.key_store_id} cannot be opened yet.") from None

    def close(self) -> None:
        for connections in self._connections.values():
            connections.close()


def _connections(entry: ExternalKeyStoreSettings) -> HttpsConnections:
    seconds = entry.answer_milliseconds / 1000
    try:
        return HttpsConnections(entry.host, entry.target(), entry.certificate_authority_file, seconds)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"external_key_stores: {entry.endpoint}: certificate_authority_file: {error}") from error


def _certificate(file: Path) -> Certificate:
    try:
        return load_pem_x509_certificate(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"hsm_clusters: {file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"hsm_clusters: {file}: is no certificate in PEM: {error}") from error
