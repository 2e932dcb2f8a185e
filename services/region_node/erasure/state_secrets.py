"""The live secrets of a state, opened and wrapped again.

Owns what each secret of a state is bound to, beside its id.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.region_node.keys.vault import (
    RegionVault,
    access_key_binding,
    key_store_binding,
    material_binding,
    signing_keys_binding,
)
from shared.erasure.events import SecretRewrapped
from shared.erasure.live import SIGNING_KEYS, live_secrets
from shared.erasure.model import Domain
from shared.evolve import State
from shared.identity.model import AccessKey
from shared.key_stores.model import KeyStore
from shared.keys.model import Key


class Bound(NamedTuple):
    """A live secret, and what it is bound to."""

    secret_id: str
    binding: str
    wrapped: bytes


def bound_secrets(state: State | None) -> Iterator[Bound]:
    """Every live secret of the state."""
    for secret_id, wrapped in live_secrets(state).items():
        yield Bound(secret_id, _binding(state, secret_id), wrapped)


def _binding(state: State | None, secret_id: str) -> str:
    if isinstance(state, Key):
        return material_binding(state.account, state.key_id, secret_id)
    if isinstance(state, KeyStore):
        return key_store_binding(state.account, state.key_store_id)
    if not isinstance(state, AccessKey):
        raise TypeError(f"a {type(state).__name__} holds no secrets")
    if secret_id == SIGNING_KEYS and state.signing_keys is not None:
        return signing_keys_binding(state.account, state.access_key_id, state.signing_keys.first_date)
    return access_key_binding(state.account, state.access_key_id)


def bucket_of(vault: RegionVault, stream: str) -> int:
    """The bucket that the secrets of the stream belong to, whatever they are."""
    return vault.bucket(stream.split("/", 2)[1], stream)


def wrapped_again(vault: RegionVault, stream: str, state: State | None, domain: Domain) -> SecretRewrapped:
    """All secrets of the state under the present key of `domain`, their bucket. Errors: SecretUnavailable."""
    kind, account, name = stream.split("/", 2)
    wrapped = {
        secret_id: vault.wrap_in(domain, binding, vault.open_secret(binding, old))
        for secret_id, binding, old in bound_secrets(state)
    }
    return SecretRewrapped(account, kind, name, wrapped)
