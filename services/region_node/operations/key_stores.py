"""DescribeCustomKeyStores, ConnectCustomKeyStore, DisconnectCustomKeyStore, DeleteCustomKeyStore.

Connecting takes a moment, and is done when the answer goes out: CONNECTING and DISCONNECTING are never seen.
"""

import logging
from collections.abc import Iterator

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.store_ciphers import told_of
from services.region_node.operations.types.key_stores import (
    ConnectCustomKeyStoreRequest,
    ConnectCustomKeyStoreResponse,
    CustomKeyStoresListEntry,
    DeleteCustomKeyStoreRequest,
    DeleteCustomKeyStoreResponse,
    DescribeCustomKeyStoresRequest,
    DescribeCustomKeyStoresResponse,
    DisconnectCustomKeyStoreRequest,
    DisconnectCustomKeyStoreResponse,
    XksProxyConfiguration,
)
from services.region_node.requests.call import Call
from shared.errors import KeytideError, ValidationFailed
from shared.key_stores import decide
from shared.key_stores.commands import ConnectKeyStore, KeyStoreName
from shared.key_stores.errors import KeyStoreNotFound
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import DISCONNECTED, EXTERNAL_KEY_STORE, KeyStore

log = logging.getLogger(__name__)

PAGE = PageSize(default=100, most=1000)


def describe_key_stores(call: Call, request: DescribeCustomKeyStoresRequest) -> DescribeCustomKeyStoresResponse:
    if request.custom_key_store_id is not None and request.custom_key_store_name is not None:
        raise ValidationFailed("You can specify CustomKeyStoreId or CustomKeyStoreName, but not both.")
    if request.custom_key_store_id is not None:
        return _described(known_key_store(call.view, call.caller.account, request.custom_key_store_id))
    if request.custom_key_store_name is not None:
        return _described(_named(call, request.custom_key_store_name))
    page = page_of(
        list_scope(call, "DescribeCustomKeyStores"),
        request.marker,
        PAGE.of(request.limit),
        lambda after: call.view.key_stores(call.caller.account, after),
        lambda store: store.key_store_id,
    )
    return DescribeCustomKeyStoresResponse(tuple(map(_entry, page.items)), page.next_marker, page.truncated)


def _described(store: KeyStore) -> DescribeCustomKeyStoresResponse:
    return DescribeCustomKeyStoresResponse((_entry(store),), None, truncated=False)


def _named(call: Call, name: str) -> KeyStore:
    stores: Iterator[KeyStore] = call.view.key_stores(call.caller.account, "")
    found = next((store for store in stores if store.name == name), None)
    if found is None:
        raise KeyStoreNotFound(f"Custom key store {name} does not exist.")
    return found


def _entry(store: KeyStore) -> CustomKeyStoresListEntry:
    return CustomKeyStoresListEntry(
        custom_key_store_id=store.key_store_id,
        custom_key_store_name=store.name,
        cloud_hsm_cluster_id=store.cluster_id,
        trust_anchor_certificate=store.trust_anchor,
        connection_state=store.connection_state,
        connection_error_code=store.connection_error,
        creation_date=store.created_at / 1000,
        custom_key_store_type=store.kind,
        xks_proxy_configuration=_proxy_configuration(store) if store.kind == EXTERNAL_KEY_STORE else None,
    )


def _proxy_configuration(store: KeyStore) -> XksProxyConfiguration:
    return XksProxyConfiguration(
        connectivity=store.proxy_connectivity or "",
        access_key_id=store.proxy_access_key_id or "",
        uri_endpoint=store.proxy_endpoint or "",
        uri_path=store.proxy_path or "",
        vpc_endpoint_service_name=store.endpoint_service,
        vpc_endpoint_service_owner=store.endpoint_service_owner,
    )


async def connect_key_store(call: Call, request: ConnectCustomKeyStoreRequest) -> ConnectCustomKeyStoreResponse:
    """An attempt that fails is no error here: the store has failed, and says why."""
    store = known_key_store(call.view, call.caller.account, request.custom_key_store_id)
    error = await _attempt(call, store) if store.connection_state == DISCONNECTED else None
    command = ConnectKeyStore(store, error)
    await call.change(lambda view: decide.connect_key_store(command, view))
    return ConnectCustomKeyStoreResponse()


async def _attempt(call: Call, store: KeyStore) -> str | None:
    """The ConnectionErrorCode, None where the store is connected."""
    try:
        await call.key_stores.connect(store, told_of(call))
    except OutsideFailed as failed:
        return failed.cause.connection_error
    return None


async def disconnect_key_store(
    call: Call, request: DisconnectCustomKeyStoreRequest
) -> DisconnectCustomKeyStoreResponse:
    name = KeyStoreName(call.caller.account, request.custom_key_store_id)
    store = known_key_store(call.view, *name)
    await call.change(lambda view: decide.disconnect_key_store(name, view))
    try:
        await call.key_stores.disconnect(store)
    except (OutsideFailed, KeytideError) as failed:
        log.info("a key store is disconnected, but not logged out", extra={"reason": str(failed)})
    return DisconnectCustomKeyStoreResponse()


async def delete_key_store(call: Call, request: DeleteCustomKeyStoreRequest) -> DeleteCustomKeyStoreResponse:
    name = KeyStoreName(call.caller.account, request.custom_key_store_id)
    await call.change(lambda view: decide.delete_key_store(name, view))
    return DeleteCustomKeyStoreResponse()
