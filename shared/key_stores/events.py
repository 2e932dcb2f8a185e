"""What happens to a custom key store.

Owns the classes; their permanent tags stand in the one table of `shared/events.py`.
"""

from typing import NamedTuple, TypeAlias


class KeyStoreCreated(NamedTuple):
    """A custom key store, with its secret. What a store of its kind does not have is None."""

    account: str
    key_store_id: str
    name: str
    kind: str
    wrapped: bytes
    cluster_id: str | None = None
    trust_anchor: str | None = None
    proxy_endpoint: str | None = None
    proxy_path: str | None = None
    proxy_access_key_id: str | None = None
    proxy_connectivity: str | None = None
    endpoint_service: str | None = None
    endpoint_service_owner: str | None = None


class KeyStoreUpdated(NamedTuple):
    """What is None stays as it is. A proxy that becomes a public endpoint has no endpoint service any more."""

    account: str
    key_store_id: str
    name: str | None = None
    wrapped: bytes | None = None
    cluster_id: str | None = None
    proxy_endpoint: str | None = None
    proxy_path: str | None = None
    proxy_access_key_id: str | None = None
    proxy_connectivity: str | None = None
    endpoint_service: str | None = None
    endpoint_service_owner: str | None = None


class KeyStoreConnectionChanged(NamedTuple):
    """How an attempt to connect ended, or that the store was disconnected. `error` belongs to FAILED alone."""

    account: str
    key_store_id: str
    state: str
    error: str | None = None


class KeyStoreDeleted(NamedTuple):
    account: str
    key_store_id: str


KeyStoreEvent: TypeAlias = KeyStoreCreated | KeyStoreUpdated | KeyStoreConnectionChanged | KeyStoreDeleted
