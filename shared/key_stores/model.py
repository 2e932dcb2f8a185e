"""What a region knows of one custom key store. It belongs to that region alone and is never shared.

Owns `KeyStore`, immutable and encoded by position: fields are only appended, with defaults. Times are milliseconds.
Whether a store is being connected is not state: what is recorded is how the attempt ended.
"""

from typing import NamedTuple

CLOUDHSM = "AWS_CLOUDHSM"
EXTERNAL_KEY_STORE = "EXTERNAL_KEY_STORE"

CONNECTED = "CONNECTED"
DISCONNECTED = "DISCONNECTED"
FAILED = "FAILED"

PUBLIC_ENDPOINT = "PUBLIC_ENDPOINT"
VPC_ENDPOINT_SERVICE = "VPC_ENDPOINT_SERVICE"


class KeyStore(NamedTuple):
    """`kind` says which of the fields below `connection_error` are set.

    `wrapped` is the store's secret: the raw secret access key of an external key store, the password of a cluster.
    """

    account: str
    key_store_id: str
    name: str
    kind: str
    created_at: int
    wrapped: bytes
    connection_state: str = DISCONNECTED
    connection_error: str | None = None
    """A ConnectionErrorCode, while the state is FAILED."""
    cluster_id: str | None = None
    trust_anchor: str | None = None
    """The certificate (PEM) that the store was made with."""
    proxy_endpoint: str | None = None
    proxy_path: str | None = None
    proxy_access_key_id: str | None = None
    proxy_connectivity: str | None = None
    endpoint_service: str | None = None
    endpoint_service_owner: str | None = None

    @property
    def is_connected(self) -> bool:
        return self.connection_state == CONNECTED
