"""Where a new key shall lie: in the region itself, or in a custom key store.

Owns the refusals of places that do not exist, do not fit the key, or are not open at the moment.
Source: AWS KMS API reference, CreateKey.
"""

from shared.decision import StateView
from shared.errors import UnsupportedOperation, ValidationFailed
from shared.key_stores.errors import ExternalKeyInUse, KeyStoreInvalidState
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import CLOUDHSM, EXTERNAL_KEY_STORE, KeyStore
from shared.keys.commands import CreateKey
from shared.keys.specs import SYMMETRIC_DEFAULT

_NOT_CONNECTED = (
    "This KMS key is in a custom key store that is not connected. Connect the custom key store and try the request "
    "again."
)


def place_of(command: CreateKey, view: StateView) -> KeyStore | None:
    """The store in which the key shall lie; None for a key of the region's own.

    Errors: ValidationFailed, UnsupportedOperation, KeyStoreNotFound, KeyStoreInvalidState, ExternalKeyInUse.
    """
    _require_members(command)
    if command.custom_key_store_id is None:
        return None
    if command.spec != SYMMETRIC_DEFAULT or command.multi_region:
        raise UnsupportedOperation("A custom key store holds symmetric encryption keys of a single Region only.")
    store = known_key_store(view, command.key.account, command.custom_key_store_id)
    if store.kind != command.origin:
        raise UnsupportedOperation(f"A custom key store of type {store.kind} holds no keys of origin {command.origin}.")
    if not store.is_connected:
        raise KeyStoreInvalidState(_NOT_CONNECTED)
    _require_unused(store, command.external_key_id, view)
    return store


def _require_members(command: CreateKey) -> None:
    if (command.custom_key_store_id is not None) != (command.origin in (CLOUDHSM, EXTERNAL_KEY_STORE)):
        raise ValidationFailed(
            f"CustomKeyStoreId is for keys of origin {CLOUDHSM} and {EXTERNAL_KEY_STORE}, and they need it."
        )
    if (command.external_key_id is not None) != (command.origin == EXTERNAL_KEY_STORE):
        raise ValidationFailed(f"XksKeyId is for keys of origin {EXTERNAL_KEY_STORE}, and they need it.")


def _require_unused(store: KeyStore, external_key_id: str | None, view: StateView) -> None:
    """Ids are compared as they are: a proxy may know one key by several."""
    if external_key_id is None:
        return
    if next(view.keys_in_store(store.account, store.key_store_id, external_key_id), None) is not None:
        raise ExternalKeyInUse(f"The external key {external_key_id} is that of another KMS key in this key store.")
