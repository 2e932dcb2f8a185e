"""What happens when somebody wants a custom key store changed.

Owns the one table of what may change in which connection state, and the decisions. Whatever compares stores rests on
all stores of the account; deletion and the creation of a key exclude each other, as both name the store.
Source: AWS KMS API reference, CustomKeyStoreInvalidStateException and UpdateCustomKeyStore.
"""

from collections.abc import Mapping
from typing import Any

from shared.decision import Decision, StateView
from shared.errors import LimitExceeded
from shared.identifiers import key_stores_stream
from shared.key_stores.commands import ConnectKeyStore, CreateKeyStore, KeyStoreName, UpdateKeyStore
from shared.key_stores.errors import ClusterNotRelated, KeyStoreHasKeys, KeyStoreInvalidState
from shared.key_stores.events import KeyStoreConnectionChanged, KeyStoreCreated, KeyStoreDeleted, KeyStoreUpdated
from shared.key_stores.evolve import with_changes
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import CLOUDHSM, CONNECTED, DISCONNECTED, EXTERNAL_KEY_STORE, FAILED, KeyStore
from shared.key_stores.unique import require_unique

CHANGEABLE_WHILE_CONNECTED: Mapping[str, frozenset[str]] = {
    CLOUDHSM: frozenset({"name"}),
    EXTERNAL_KEY_STORE: frozenset({"name", "proxy_path", "proxy_access_key_id", "wrapped"}),
}
"""Fields of `KeyStore`, by its kind. While it is disconnected all may change, and while it has failed none."""


def create_key_store(command: CreateKeyStore, view: StateView) -> Decision:
    """Errors: LimitExceeded; those of `require_unique`."""
    store = command.store
    others = tuple(view.key_stores(store.account, ""))
    if len(others) >= command.key_stores_per_account:
        raise LimitExceeded(f"The account has {len(others)} custom key stores, as many as its quota allows.")
    require_unique(store, others)
    fields = {name: value for name, value in store._asdict().items() if name in KeyStoreCreated._fields}
    return _decided(store, KeyStoreCreated(**fields), answer=store.key_store_id)


def update_key_store(command: UpdateKeyStore, view: StateView) -> Decision:
    """Errors: KeyStoreNotFound, KeyStoreInvalidState; those of `require_unique`."""
    store = _as_seen_before(view, command.seen)
    require_changeable(store, command.changes)
    changed = with_changes(store, command.changes)
    if changed == store:
        return Decision(())
    require_unique(changed, view.key_stores(store.account, ""), ClusterNotRelated)
    changes: dict[str, Any] = command.changes
    return _decided(store, KeyStoreUpdated(store.account, store.key_store_id, **changes))


def require_changeable(store: KeyStore, changes: Mapping[str, object]) -> None:
    """Errors: KeyStoreInvalidState."""
    if store.connection_state == DISCONNECTED:
        return
    if store.connection_state != CONNECTED or changes.keys() - CHANGEABLE_WHILE_CONNECTED[store.kind]:
        raise _invalid_state(store, "this update")


def connect_key_store(command: ConnectKeyStore, view: StateView) -> Decision:
    """Errors: KeyStoreNotFound, KeyStoreInvalidState."""
    store = _as_seen_before(view, command.seen)
    require_connectable(store)
    if store.is_connected:
        return Decision(())
    state = CONNECTED if command.error is None else FAILED
    return Decision((KeyStoreConnectionChanged(store.account, store.key_store_id, state, command.error),))


def require_connectable(store: KeyStore) -> None:
    """Errors: KeyStoreInvalidState for a store that has failed: it is disconnected first."""
    if store.connection_state == FAILED:
        raise _invalid_state(store, "ConnectCustomKeyStore")


def disconnect_key_store(command: KeyStoreName, view: StateView) -> Decision:
    """Errors: KeyStoreNotFound, KeyStoreInvalidState."""
    store = known_key_store(view, *command)
    if store.connection_state == DISCONNECTED:
        raise _invalid_state(store, "DisconnectCustomKeyStore")
    return Decision((KeyStoreConnectionChanged(store.account, store.key_store_id, DISCONNECTED),))


def delete_key_store(command: KeyStoreName, view: StateView) -> Decision:
    """Errors: KeyStoreNotFound, KeyStoreInvalidState, KeyStoreHasKeys."""
    store = known_key_store(view, *command)
    if next(view.keys_in_store(store.account, store.key_store_id), None) is not None:
        raise KeyStoreHasKeys(f"Custom key store {store.key_store_id} has keys, perhaps some that wait for deletion.")
    if store.connection_state != DISCONNECTED:
        raise _invalid_state(store, "DeleteCustomKeyStore")
    return _decided(store, KeyStoreDeleted(store.account, store.key_store_id))


def _decided(store: KeyStore, event: KeyStoreCreated | KeyStoreUpdated | KeyStoreDeleted, answer: str = "") -> Decision:
    return Decision((event,), rests_on=(key_stores_stream(store.account),), answer=answer)


def _as_seen_before(view: StateView, seen: KeyStore) -> KeyStore:
    store = known_key_store(view, seen.account, seen.key_store_id)
    if store != seen:
        raise KeyStoreInvalidState(f"Custom key store {store.key_store_id} was changed meanwhile. Retry the request.")
    return store


def _invalid_state(store: KeyStore, operation: str) -> KeyStoreInvalidState:
    return KeyStoreInvalidState(
        f"Custom key store {store.key_store_id} is {store.connection_state}, which is not valid for {operation}."
    )
