"""Finding a custom key store. Owns the refusal of one that there is not."""

from shared.decision import StateView
from shared.key_stores.errors import KeyStoreNotFound
from shared.key_stores.model import KeyStore


def known_key_store(view: StateView, account: str, key_store_id: str) -> KeyStore:
    """Errors: KeyStoreNotFound."""
    store = view.key_store(account, key_store_id)
    if store is None:
        raise KeyStoreNotFound(f"Custom key store {key_store_id} does not exist.")
    return store
