"""What no two custom key stores of an account have in common.

Owns the comparisons. Source: AWS KMS API reference, CreateCustomKeyStore, "Uniqueness requirements".
"""

from collections.abc import Iterable

from shared.errors import KeytideError
from shared.key_stores.errors import (
    ClusterInUse,
    EndpointServiceInUse,
    KeyStoreNameInUse,
    ProxyEndpointInUse,
    ProxyUriInUse,
)
from shared.key_stores.model import CLOUDHSM, PUBLIC_ENDPOINT, KeyStore


def require_unique(
    store: KeyStore, others: Iterable[KeyStore], cluster_error: type[KeytideError] = ClusterInUse
) -> None:
    """`others` may hold `store` itself as it was.

    Errors: KeyStoreNameInUse, `cluster_error`, ProxyUriInUse, ProxyEndpointInUse, EndpointServiceInUse.
    """
    for other in others:
        if other.key_store_id == store.key_store_id:
            continue
        if other.name == store.name:
            raise KeyStoreNameInUse(f"The name {store.name} is that of another custom key store.")
        if other.kind == store.kind == CLOUDHSM and other.cluster_id == store.cluster_id:
            raise cluster_error(f"The cluster {store.cluster_id} is that of another custom key store.")
        if other.kind == store.kind != CLOUDHSM:
            _require_unique_proxy(store, other)


def _require_unique_proxy(store: KeyStore, other: KeyStore) -> None:
    if _host(store) == _host(other):
        if store.proxy_path == other.proxy_path:
            raise ProxyUriInUse("Another external key store has this XksProxyUriEndpoint and XksProxyUriPath.")
        if {store.proxy_connectivity, other.proxy_connectivity} != {PUBLIC_ENDPOINT}:
            raise ProxyEndpointInUse("Another external key store has this XksProxyUriEndpoint.")
    if store.endpoint_service is not None and store.endpoint_service == other.endpoint_service:
        raise EndpointServiceInUse("Another external key store has this XksProxyVpcEndpointServiceName.")


def _host(store: KeyStore) -> str:
    """Names of hosts are equal whatever their case (RFC 4343)."""
    return (store.proxy_endpoint or "").lower()
