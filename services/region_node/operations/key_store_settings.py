"""CreateCustomKeyStore, UpdateCustomKeyStore: what a store is set to, and whether the machine behind it agrees.

Owns which members belong to which type of store, and the order: what the state refuses asks nothing of a proxy, and
what the proxy refuses changes nothing.
"""

from collections.abc import Iterable
from typing import Any

from cryptography.x509 import Certificate, load_pem_x509_certificate

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.keys.vault import key_store_binding
from services.region_node.operations.rehearsal import rehearsed
from services.region_node.operations.store_ciphers import told_of
from services.region_node.operations.types.key_stores import (
    CreateCustomKeyStoreRequest,
    CreateCustomKeyStoreResponse,
    UpdateCustomKeyStoreRequest,
    UpdateCustomKeyStoreResponse,
)
from services.region_node.requests.call import Call
from services.region_node.wire.shapes import missing_member
from shared.crypto import entropy
from shared.errors import KeytideError, ValidationFailed
from shared.key_stores import decide
from shared.key_stores.commands import CreateKeyStore, UpdateKeyStore
from shared.key_stores.errors import ClusterNotRelated, TrustAnchorIncorrect
from shared.key_stores.evolve import with_changes
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import CLOUDHSM, EXTERNAL_KEY_STORE, PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE, KeyStore
from shared.secrets import Secret

_OF_CLUSTERS = ("cloud_hsm_cluster_id", "trust_anchor_certificate", "key_store_password")
_OF_PROXIES = (
    "xks_proxy_uri_endpoint",
    "xks_proxy_uri_path",
    "xks_proxy_authentication_credential",
    "xks_proxy_connectivity",
)
_OF_SERVICES = ("xks_proxy_vpc_endpoint_service_name", "xks_proxy_vpc_endpoint_service_owner")
_FIELDS = {
    "new_custom_key_store_name": "name",
    "cloud_hsm_cluster_id": "cluster_id",
    "trust_anchor_certificate": "trust_anchor",
    "xks_proxy_uri_endpoint": "proxy_endpoint",
    "xks_proxy_uri_path": "proxy_path",
    "xks_proxy_connectivity": "proxy_connectivity",
    "xks_proxy_vpc_endpoint_service_name": "endpoint_service",
    "xks_proxy_vpc_endpoint_service_owner": "endpoint_service_owner",
}
"""Member of a request -> field of `KeyStore`, for those that need no work."""


async def create_key_store(call: Call, request: CreateCustomKeyStoreRequest) -> CreateCustomKeyStoreResponse:
    """The answer names the store that the command made when it was first seen."""
    _require_fitting(request, request.custom_key_store_type)
    _require_all(request, _OF_CLUSTERS if request.custom_key_store_type == CLOUDHSM else _OF_PROXIES)
    command = CreateKeyStore(_created(call, request), call.quotas.key_stores_per_account)
    seen = await rehearsed(call, lambda view: decide.create_key_store(command, view))
    if seen:
        return CreateCustomKeyStoreResponse(seen)
    _require_service(command.store)
    await _require_agreement(call, command.store)
    created = await call.change(lambda view: decide.create_key_store(command, view))
    return CreateCustomKeyStoreResponse(created)


def _created(call: Call, request: CreateCustomKeyStoreRequest) -> KeyStore:
    account, key_store_id = call.caller.account, entropy.key_store_id()
    changes = _changes(call, request, key_store_id)
    store = KeyStore(
        account, key_store_id, request.custom_key_store_name, request.custom_key_store_type, call.now, **changes
    )
    owner = store.endpoint_service_owner or account
    return store if store.endpoint_service is None else store._replace(endpoint_service_owner=owner)


async def update_key_store(call: Call, request: UpdateCustomKeyStoreRequest) -> UpdateCustomKeyStoreResponse:
    store = known_key_store(call.view, call.caller.account, request.custom_key_store_id)
    _require_fitting(request, store.kind)
    command = UpdateKeyStore(store, _changes(call, request, store.key_store_id))
    decide.update_key_store(command, call.view)
    changed = with_changes(store, command.changes)
    _require_service(changed)
    if command.changes.keys() - {"name"}:
        await _require_agreement(call, changed)
    await call.change(lambda view: decide.update_key_store(command, view))
    return UpdateCustomKeyStoreResponse()


def _changes(
    call: Call, request: CreateCustomKeyStoreRequest | UpdateCustomKeyStoreRequest, key_store_id: str
) -> dict[str, Any]:
    """The fields that the request names, with the secret wrapped."""
    named = {field: getattr(request, member, None) for member, field in _FIELDS.items()}
    changes = {field: value for field, value in named.items() if value is not None}
    secret, credential = request.key_store_password, request.xks_proxy_authentication_credential
    if credential is not None:
        changes["proxy_access_key_id"], secret = credential
    if secret is not None:
        account = call.caller.account
        wrapped = call.vault.wrap_secret(account, key_store_binding(account, key_store_id), Secret(secret.encode()))
        changes["wrapped"] = wrapped
    return changes


async def _require_agreement(call: Call, store: KeyStore) -> None:
    """The operator lists the machine, and it is what it should be.

    A proxy behind an endpoint service is not asked before its store is connected or updated, as at AWS.
    """
    call.key_stores.require_listed(store)
    if store.kind == CLOUDHSM:
        unrelated = TrustAnchorIncorrect if call.operation == "CreateCustomKeyStore" else ClusterNotRelated
        _require_trust_anchor(store, call.key_stores.trust_anchor(store), unrelated)
    elif store.proxy_connectivity == PUBLIC_ENDPOINT or call.operation != "CreateCustomKeyStore":
        try:
            await call.key_stores.connect(store, told_of(call))
        except OutsideFailed as failed:
            raise failed.cause.on_store(failed.cause.text) from None


def _require_trust_anchor(store: KeyStore, wanted: Certificate | None, unrelated: type[KeytideError]) -> None:
    """`wanted` None: the operator names none, so that any certificate will do."""
    try:
        certificate = load_pem_x509_certificate((store.trust_anchor or "").encode())
    except ValueError:
        raise TrustAnchorIncorrect("The trust anchor certificate is no certificate in PEM.") from None
    if wanted is not None and certificate != wanted:
        raise unrelated(f"The trust anchor certificate is not that of the cluster {store.cluster_id}.")


def _require_fitting(request: CreateCustomKeyStoreRequest | UpdateCustomKeyStoreRequest, kind: str) -> None:
    foreign = (*_OF_PROXIES, *_OF_SERVICES) if kind == CLOUDHSM else _OF_CLUSTERS
    for member in foreign:
        if getattr(request, member, None) is not None:
            raise ValidationFailed(f"{_wire_name(member)} is not for custom key stores of type {kind}.")


def _require_all(request: CreateCustomKeyStoreRequest, members: Iterable[str]) -> None:
    for member in members:
        if getattr(request, member) is None:
            name = _wire_name(member)
            raise missing_member(name[:1].lower() + name[1:])


def _require_service(store: KeyStore) -> None:
    if store.kind != EXTERNAL_KEY_STORE:
        return
    if (store.proxy_connectivity == VPC_ENDPOINT_SERVICE) != (store.endpoint_service is not None):
        raise ValidationFailed(
            f"XksProxyVpcEndpointServiceName is for the connectivity {VPC_ENDPOINT_SERVICE}, which needs it."
        )


def _wire_name(member: str) -> str:
    return "".join(word.capitalize() for word in member.split("_"))
