"""Custom key stores that the tests of decisions share."""

from shared.identifiers import key_store_stream
from shared.key_stores.model import CLOUDHSM, CONNECTED, EXTERNAL_KEY_STORE, PUBLIC_ENDPOINT, KeyStore
from tests.shared.keys.examples import ACCOUNT, REGION
from tests.shared.memory_view import MemoryView

EXTERNAL = KeyStore(
    ACCOUNT,
    "cks-1234567890abcdef0",
    "external",
    EXTERNAL_KEY_STORE,
    1_700_000_000_000,
    b"wrapped",
    proxy_endpoint="https://proxy.example.com",
    proxy_path="/kms/xks/v1",
    proxy_access_key_id="ABCDEFGHIJKLMNOPQRST",
    proxy_connectivity=PUBLIC_ENDPOINT,
)
IN_CLUSTER = KeyStore(
    ACCOUNT,
    "cks-1234567890abcdef1",
    "in a cluster",
    CLOUDHSM,
    1_700_000_000_000,
    b"wrapped",
    cluster_id="cluster-2a23b4cdefg",
    trust_anchor="certificate",
)
UNLIKE_EXTERNAL = EXTERNAL._replace(
    key_store_id="cks-1234567890abcdef2", name="another", proxy_path="/another/kms/xks/v1"
)


def connected(store: KeyStore) -> KeyStore:
    return store._replace(connection_state=CONNECTED)


def view_with(*stores: KeyStore) -> MemoryView:
    view = MemoryView(REGION)
    for store in stores:
        view.states[key_store_stream(store.account, store.key_store_id)] = store
    return view
