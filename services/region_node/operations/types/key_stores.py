"""CreateCustomKeyStore, DescribeCustomKeyStores, UpdateCustomKeyStore and the operations on a store's connection."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.operations.types.common import CustomKeyStoreId, Limit, Marker
from services.region_node.wire.shapes import Choice, Length, Pattern, Sensitive, Timestamp
from shared.key_stores.model import CLOUDHSM, EXTERNAL_KEY_STORE, PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE

_CONNECTION_ERRORS = (
    "INVALID_CREDENTIALS",
    "CLUSTER_NOT_FOUND",
    "NETWORK_ERRORS",
    "INTERNAL_ERROR",
    "INSUFFICIENT_CLOUDHSM_HSMS",
    "USER_LOCKED_OUT",
    "USER_NOT_FOUND",
    "USER_LOGGED_IN",
    "SUBNET_NOT_FOUND",
    "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
    "XKS_PROXY_ACCESS_DENIED",
    "XKS_PROXY_NOT_REACHABLE",
    "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
    "XKS_PROXY_INVALID_RESPONSE",
    "XKS_PROXY_INVALID_CONFIGURATION",
    "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
    "XKS_PROXY_TIMED_OUT",
    "XKS_PROXY_INVALID_TLS_CONFIGURATION",
)
_CONNECTION_STATES = ("CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING")

CustomKeyStoreName: TypeAlias = Annotated[str, Length(1, 256)]
ClusterId: TypeAlias = Annotated[str, Length(19, 24), Pattern("cluster-[2-7a-zA-Z]{11,16}")]
TrustAnchor: TypeAlias = Annotated[str, Length(1, 5000)]
KeyStorePassword: TypeAlias = Annotated[str, Length(7, 32), Sensitive()]
KeyStoreType: TypeAlias = Annotated[str, Choice((CLOUDHSM, EXTERNAL_KEY_STORE))]
ProxyEndpoint: TypeAlias = Annotated[str, Length(10, 128), Pattern("^https://[a-zA-Z0-9.-]+$")]
ProxyPath: TypeAlias = Annotated[
    str, Length(10, 128), Pattern(r"^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$")
]
EndpointServiceName: TypeAlias = Annotated[
    str, Length(20, 64), Pattern(r"^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$")
]
AccountId: TypeAlias = Annotated[str, Length(12, 12), Pattern("[0-9]{12}")]
ProxyConnectivity: TypeAlias = Annotated[str, Choice((PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE))]
ProxyAccessKeyId: TypeAlias = Annotated[str, Length(20, 30), Pattern("^[A-Z2-7]+$"), Sensitive()]
RawSecretAccessKey: TypeAlias = Annotated[str, Length(43, 64), Pattern(r"^[a-zA-Z0-9\/+=]+$"), Sensitive()]


class XksProxyAuthenticationCredential(NamedTuple):
    access_key_id: ProxyAccessKeyId
    raw_secret_access_key: RawSecretAccessKey


class CreateCustomKeyStoreRequest(NamedTuple):
    custom_key_store_name: CustomKeyStoreName
    cloud_hsm_cluster_id: ClusterId | None = None
    trust_anchor_certificate: TrustAnchor | None = None
    key_store_password: KeyStorePassword | None = None
    custom_key_store_type: KeyStoreType = CLOUDHSM
    xks_proxy_uri_endpoint: ProxyEndpoint | None = None
    xks_proxy_uri_path: ProxyPath | None = None
    xks_proxy_vpc_endpoint_service_name: EndpointServiceName | None = None
    xks_proxy_vpc_endpoint_service_owner: AccountId | None = None
    xks_proxy_authentication_credential: XksProxyAuthenticationCredential | None = None
    xks_proxy_connectivity: ProxyConnectivity | None = None


class CreateCustomKeyStoreResponse(NamedTuple):
    custom_key_store_id: CustomKeyStoreId


class DescribeCustomKeyStoresRequest(NamedTuple):
    custom_key_store_id: CustomKeyStoreId | None = None
    custom_key_store_name: CustomKeyStoreName | None = None
    limit: Limit | None = None
    marker: Marker | None = None


class XksProxyConfiguration(NamedTuple):
    connectivity: ProxyConnectivity
    access_key_id: ProxyAccessKeyId
    uri_endpoint: ProxyEndpoint
    uri_path: ProxyPath
    vpc_endpoint_service_name: EndpointServiceName | None
    vpc_endpoint_service_owner: AccountId | None


class CustomKeyStoresListEntry(NamedTuple):
    custom_key_store_id: CustomKeyStoreId
    custom_key_store_name: CustomKeyStoreName
    cloud_hsm_cluster_id: ClusterId | None
    trust_anchor_certificate: TrustAnchor | None
    connection_state: Annotated[str, Choice(_CONNECTION_STATES)]
    connection_error_code: Annotated[str, Choice(_CONNECTION_ERRORS)] | None
    creation_date: Timestamp
    custom_key_store_type: KeyStoreType
    xks_proxy_configuration: XksProxyConfiguration | None


class DescribeCustomKeyStoresResponse(NamedTuple):
    custom_key_stores: tuple[CustomKeyStoresListEntry, ...]
    next_marker: Marker | None
    truncated: bool


class UpdateCustomKeyStoreRequest(NamedTuple):
    custom_key_store_id: CustomKeyStoreId
    new_custom_key_store_name: CustomKeyStoreName | None = None
    key_store_password: KeyStorePassword | None = None
    cloud_hsm_cluster_id: ClusterId | None = None
    xks_proxy_uri_endpoint: ProxyEndpoint | None = None
    xks_proxy_uri_path: ProxyPath | None = None
    xks_proxy_vpc_endpoint_service_name: EndpointServiceName | None = None
    xks_proxy_vpc_endpoint_service_owner: AccountId | None = None
    xks_proxy_authentication_credential: XksProxyAuthenticationCredential | None = None
    xks_proxy_connectivity: ProxyConnectivity | None = None


class UpdateCustomKeyStoreResponse(NamedTuple):
    """Says nothing."""


class ConnectCustomKeyStoreRequest(NamedTuple):
    custom_key_store_id: CustomKeyStoreId


class ConnectCustomKeyStoreResponse(NamedTuple):
    """Says nothing: DescribeCustomKeyStores tells how it went."""


class DisconnectCustomKeyStoreRequest(NamedTuple):
    custom_key_store_id: CustomKeyStoreId


class DisconnectCustomKeyStoreResponse(NamedTuple):
    """Says nothing."""


class DeleteCustomKeyStoreRequest(NamedTuple):
    custom_key_store_id: CustomKeyStoreId


class DeleteCustomKeyStoreResponse(NamedTuple):
    """Says nothing."""
