"""Decisions about custom key stores: what may change when, what rests on what, and what the fold makes of it."""

from itertools import product
from typing import Any

import pytest

from shared.decision import Decision
from shared.errors import KeytideError, LimitExceeded
from shared.identifiers import key_store_stream, key_stores_stream
from shared.key_stores import decide
from shared.key_stores.commands import ConnectKeyStore, CreateKeyStore, KeyStoreName, UpdateKeyStore
from shared.key_stores.decide import CHANGEABLE_WHILE_CONNECTED
from shared.key_stores.errors import (
    ClusterInUse,
    ClusterNotRelated,
    EndpointServiceInUse,
    KeyStoreHasKeys,
    KeyStoreInvalidState,
    KeyStoreNameInUse,
    KeyStoreNotFound,
    ProxyEndpointInUse,
    ProxyUriInUse,
)
from shared.key_stores.events import KeyStoreConnectionChanged, KeyStoreDeleted, KeyStoreUpdated
from shared.key_stores.model import CONNECTED, DISCONNECTED, FAILED, VPC_ENDPOINT_SERVICE, KeyStore
from shared.keys import decide as decide_keys
from tests.shared.key_stores.examples import EXTERNAL, IN_CLUSTER, UNLIKE_EXTERNAL, connected, view_with
from tests.shared.keys.examples import ACCOUNT, SINGLE
from tests.shared.memory_view import MemoryView

NAME = KeyStoreName(ACCOUNT, EXTERNAL.key_store_id)
REGISTER = (key_stores_stream(ACCOUNT),)
SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-1"


def after(view: MemoryView, decision: Decision) -> KeyStore | None:
    view.apply(decision.events)
    return view.key_store(ACCOUNT, EXTERNAL.key_store_id)


def create(store: KeyStore, view: MemoryView, quota: int = 10) -> Decision:
    return decide.create_key_store(CreateKeyStore(store, quota), view)


@pytest.mark.parametrize("store", [EXTERNAL, IN_CLUSTER])
def test_a_store_is_folded_as_it_was_wanted(store: KeyStore) -> None:
    view = MemoryView("us-east-1")
    decision = create(store, view)
    view.apply(decision.events)
    assert view.key_store(ACCOUNT, store.key_store_id) == store
    assert (decision.answer, decision.rests_on, decision.shared_events) == (store.key_store_id, REGISTER, ())


def test_the_quota_counts_the_stores_of_the_account() -> None:
    create(UNLIKE_EXTERNAL, view_with(EXTERNAL), quota=2)
    with pytest.raises(LimitExceeded):
        create(UNLIKE_EXTERNAL, view_with(EXTERNAL), quota=1)


BEHIND: dict[str, Any] = {"proxy_connectivity": VPC_ENDPOINT_SERVICE, "endpoint_service": SERVICE}
ALIKE: list[tuple[KeyStore, KeyStore, type[KeytideError]]] = [
    (EXTERNAL, UNLIKE_EXTERNAL._replace(name=EXTERNAL.name), KeyStoreNameInUse),
    (EXTERNAL, IN_CLUSTER._replace(name=EXTERNAL.name), KeyStoreNameInUse),
    (EXTERNAL, UNLIKE_EXTERNAL._replace(proxy_path=EXTERNAL.proxy_path), ProxyUriInUse),
    (
        EXTERNAL,
        UNLIKE_EXTERNAL._replace(proxy_path=EXTERNAL.proxy_path, proxy_endpoint="https://PROXY.example.com"),
        ProxyUriInUse,
    ),
    (EXTERNAL, UNLIKE_EXTERNAL._replace(**BEHIND), ProxyEndpointInUse),
    (
        EXTERNAL._replace(**BEHIND),
        UNLIKE_EXTERNAL._replace(proxy_endpoint="https://b.example.com", **BEHIND),
        EndpointServiceInUse,
    ),
    (IN_CLUSTER, IN_CLUSTER._replace(key_store_id="cks-1234567890abcdef3", name="another"), ClusterInUse),
]


@pytest.mark.parametrize(("held", "wanted", "error"), ALIKE)
def test_what_two_stores_may_not_have_in_common(held: KeyStore, wanted: KeyStore, error: type[KeytideError]) -> None:
    with pytest.raises(error):
        create(wanted, view_with(held))


def test_two_stores_may_share_an_endpoint_that_is_public_to_both() -> None:
    assert create(UNLIKE_EXTERNAL, view_with(EXTERNAL, IN_CLUSTER)).events


def test_an_update_may_not_take_what_another_store_has() -> None:
    view = view_with(EXTERNAL, UNLIKE_EXTERNAL, IN_CLUSTER)
    with pytest.raises(ProxyUriInUse):
        decide.update_key_store(UpdateKeyStore(EXTERNAL, {"proxy_path": UNLIKE_EXTERNAL.proxy_path}), view)
    other = IN_CLUSTER._replace(key_store_id="cks-1234567890abcdef3", name="another", cluster_id="cluster-7777777777z")
    view = view_with(IN_CLUSTER, other)
    with pytest.raises(ClusterNotRelated):
        decide.update_key_store(UpdateKeyStore(IN_CLUSTER, {"cluster_id": other.cluster_id}), view)


FIELDS: dict[str, Any] = {
    "name": "new",
    "wrapped": b"new",
    "cluster_id": "cluster-7777777777z",
    "proxy_endpoint": "https://new.example.com",
    "proxy_path": "/new/kms/xks/v1",
    "proxy_access_key_id": "B" * 20,
    "proxy_connectivity": VPC_ENDPOINT_SERVICE,
    "endpoint_service": SERVICE,
    "endpoint_service_owner": ACCOUNT,
}


@pytest.mark.parametrize(
    ("store", "field", "state"), list(product((EXTERNAL, IN_CLUSTER), FIELDS, (CONNECTED, FAILED)))
)
def test_what_may_be_updated_in_which_connection_state(store: KeyStore, field: str, state: str) -> None:
    held = store._replace(connection_state=state)
    command = UpdateKeyStore(held, {field: FIELDS[field]})
    if state == CONNECTED and field in CHANGEABLE_WHILE_CONNECTED[store.kind]:
        decision = decide.update_key_store(command, view_with(held))
        assert decision.rests_on == REGISTER
    else:
        with pytest.raises(KeyStoreInvalidState):
            decide.update_key_store(command, view_with(held))


@pytest.mark.parametrize("field", FIELDS)
def test_an_update_changes_what_it_names_and_nothing_else(field: str) -> None:
    view = view_with(EXTERNAL)
    decision = decide.update_key_store(UpdateKeyStore(EXTERNAL, {field: FIELDS[field]}), view)
    assert after(view, decision) == EXTERNAL._replace(**{field: FIELDS[field]})


def test_an_update_to_what_is_already_so_changes_nothing() -> None:
    assert decide.update_key_store(UpdateKeyStore(EXTERNAL, {"name": "external"}), view_with(EXTERNAL)).events == ()


def test_a_public_endpoint_has_no_endpoint_service() -> None:
    held = EXTERNAL._replace(**BEHIND, endpoint_service_owner=ACCOUNT)
    view = view_with(held)
    decision = decide.update_key_store(UpdateKeyStore(held, {"proxy_connectivity": "PUBLIC_ENDPOINT"}), view)
    assert decision.events == (KeyStoreUpdated(ACCOUNT, EXTERNAL.key_store_id, proxy_connectivity="PUBLIC_ENDPOINT"),)
    assert after(view, decision) == EXTERNAL


def test_what_was_seen_and_has_changed_since_proves_nothing() -> None:
    view = view_with(EXTERNAL._replace(name="new"))
    with pytest.raises(KeyStoreInvalidState, match="changed meanwhile"):
        decide.connect_key_store(ConnectKeyStore(EXTERNAL, None), view)
    with pytest.raises(KeyStoreInvalidState, match="changed meanwhile"):
        decide.update_key_store(UpdateKeyStore(EXTERNAL, {"name": "other"}), view)


def test_how_an_attempt_ended_is_recorded() -> None:
    view = view_with(EXTERNAL)
    failed = after(view, decide.connect_key_store(ConnectKeyStore(EXTERNAL, "XKS_PROXY_TIMED_OUT"), view))
    assert failed is not None
    assert (failed.connection_state, failed.connection_error) == (FAILED, "XKS_PROXY_TIMED_OUT")
    with pytest.raises(KeyStoreInvalidState):
        decide.connect_key_store(ConnectKeyStore(failed, None), view)
    assert after(view, decide.disconnect_key_store(NAME, view)) == EXTERNAL
    assert after(view, decide.connect_key_store(ConnectKeyStore(EXTERNAL, None), view)) == connected(EXTERNAL)
    assert decide.connect_key_store(ConnectKeyStore(connected(EXTERNAL), None), view).events == ()


def test_what_is_disconnected_is_not_disconnected_again() -> None:
    with pytest.raises(KeyStoreInvalidState):
        decide.disconnect_key_store(NAME, view_with(EXTERNAL))
    decision = decide.disconnect_key_store(NAME, view_with(connected(EXTERNAL)))
    assert decision.events == (KeyStoreConnectionChanged(ACCOUNT, EXTERNAL.key_store_id, DISCONNECTED),)


@pytest.mark.parametrize("state", [CONNECTED, FAILED])
def test_only_what_is_disconnected_is_deleted(state: str) -> None:
    with pytest.raises(KeyStoreInvalidState):
        decide.delete_key_store(NAME, view_with(EXTERNAL._replace(connection_state=state)))
    decision = decide.delete_key_store(NAME, view_with(EXTERNAL))
    assert (decision.events, decision.rests_on) == ((KeyStoreDeleted(ACCOUNT, EXTERNAL.key_store_id),), REGISTER)


def test_a_store_that_there_is_not() -> None:
    for attempt in (decide.disconnect_key_store, decide.delete_key_store):
        with pytest.raises(KeyStoreNotFound):
            attempt(NAME, MemoryView("us-east-1"))


def test_a_key_and_the_end_of_its_store_exclude_each_other() -> None:
    """Whichever is recorded first makes the other void: both name the stream of the store."""
    view = view_with(connected(EXTERNAL))
    command = SINGLE._replace(
        origin="EXTERNAL_KEY_STORE", custom_key_store_id=EXTERNAL.key_store_id, external_key_id="external-1"
    )
    made = decide_keys.create_key(command, view)
    assert made.rests_on == (key_store_stream(ACCOUNT, EXTERNAL.key_store_id),)
    view.apply(made.events)
    view.apply(decide.disconnect_key_store(NAME, view).events)
    with pytest.raises(KeyStoreHasKeys):
        decide.delete_key_store(NAME, view)
