"""What an event makes of a custom key store: the folds of its stream."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.fold import BrokenHistory, Fold
from shared.key_stores import events as e
from shared.key_stores.model import PUBLIC_ENDPOINT, KeyStore

_NAMES = ("account", "key_store_id")


def _created(_state: object, event: e.KeyStoreCreated, fold: Fold) -> KeyStore:
    return KeyStore(created_at=fold.time, **event._asdict())


def _updated(state: object, event: e.KeyStoreUpdated, _fold: Fold) -> KeyStore:
    changes = {name: value for name, value in event._asdict().items() if value is not None and name not in _NAMES}
    return with_changes(_key_store(state), changes)


def with_changes(store: KeyStore, changes: Mapping[str, Any]) -> KeyStore:
    """`store` with new values for some of its fields."""
    if changes.get("proxy_connectivity") == PUBLIC_ENDPOINT:
        changes = {**changes, "endpoint_service": None, "endpoint_service_owner": None}
    return store._replace(**changes)


def _connection_changed(state: object, event: e.KeyStoreConnectionChanged, _fold: Fold) -> KeyStore:
    return _key_store(state)._replace(connection_state=event.state, connection_error=event.error)


def _deleted(_state: object, _event: e.KeyStoreDeleted, _fold: Fold) -> None:
    return None


def _key_store(state: object) -> KeyStore:
    if not isinstance(state, KeyStore):
        raise BrokenHistory(f"expected a custom key store, found {type(state).__name__}")
    return state


KEY_STORE_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], KeyStore | None]] = {
    e.KeyStoreCreated: _created,
    e.KeyStoreUpdated: _updated,
    e.KeyStoreConnectionChanged: _connection_changed,
    e.KeyStoreDeleted: _deleted,
}
