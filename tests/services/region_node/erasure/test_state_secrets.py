"""Every secret that a state holds is wrapped again, bound to what it was bound to."""

import pytest

from replication.writing.draft import domain_of
from services.region_node.erasure.state_secrets import bound_secrets, bucket_of, wrapped_again
from services.region_node.keys.region_keys import fresh_domain_key, make_region_keys
from services.region_node.keys.vault import (
    RegionVault,
    access_key_binding,
    key_store_binding,
    material_binding,
    signing_keys_binding,
)
from shared.crypto.domain_keys import SecretUnavailable
from shared.erasure.live import live_secrets, with_wrapped
from shared.erasure.model import Domain
from shared.events import stream_of
from shared.evolve import State
from shared.identifiers import access_key_stream, key_store_stream, key_stream
from shared.identity.model import AccessKey, Account, SigningKeys
from shared.key_stores.model import KeyStore
from shared.keys.model import KeyMaterial
from shared.secrets import Secret
from tests.services.region_node.keys.test_vault import ACCOUNT, HOME, KEY_ID, MATERIAL_ID, NOW, PARTITIONS, _key

STORE, OTHER_MATERIAL = "cks-1234567890abcdef0", "cd" * 32
ONE, TWO = Secret(b"one"), Secret(b"two")


class Kept:
    """A vault with the keys of two epochs of every bucket, and states wrapped under the first."""

    def __init__(self) -> None:
        self.keys = make_region_keys(HOME, PARTITIONS, NOW)
        self.vault = RegionVault(self.keys, PARTITIONS, dict)

    def wrap(self, binding: str, secret: Secret) -> bytes:
        return self.vault.wrap_secret(ACCOUNT, binding, secret)

    def state(self, kind: str) -> tuple[str, State]:
        """Its stream, too."""
        if kind == "key":
            key, material = _key(self.wrap(material_binding(ACCOUNT, KEY_ID, MATERIAL_ID), ONE))
            second = self.wrap(material_binding(ACCOUNT, KEY_ID, OTHER_MATERIAL), TWO)
            materials = (material, KeyMaterial(OTHER_MATERIAL, KEY_ID, NOW, second))
            return key_stream(ACCOUNT, KEY_ID), key._replace(materials=materials)
        if kind == "access-key":
            whole = self.wrap(access_key_binding(ACCOUNT, "AKIA"), ONE)
            derived = SigningKeys("20261124", 35, self.wrap(signing_keys_binding(ACCOUNT, "AKIA", "20261124"), TWO))
            return access_key_stream(ACCOUNT, "AKIA"), AccessKey(ACCOUNT, "user", "AKIA", NOW, whole, derived, ())
        credential = self.wrap(key_store_binding(ACCOUNT, STORE), ONE)
        return key_store_stream(ACCOUNT, STORE), KeyStore(ACCOUNT, STORE, "name", "EXTERNAL", NOW, credential)

    def opened(self, state: State) -> list[Secret]:
        return [self.vault.open_secret(one.binding, one.wrapped) for one in bound_secrets(state)]


@pytest.mark.parametrize(("kind", "secrets"), [("key", [ONE, TWO]), ("access-key", [ONE, TWO]), ("key-store", [ONE])])
def test_all_secrets_of_a_state_come_under_the_next_key_and_are_the_same(kind: str, secrets: list[Secret]) -> None:
    kept = Kept()
    stream, state = kept.state(kind)
    bucket = bucket_of(kept.vault, stream)
    kept.keys.domain_keys.add(bucket, 2, fresh_domain_key())
    event = wrapped_again(kept.vault, stream, state, Domain(bucket, 2))
    after = with_wrapped(state, event.rewrapped)
    assert stream_of(event) == stream
    assert {kept.vault.bucket(ACCOUNT, one.binding) for one in bound_secrets(state)} == {bucket}
    assert domain_of(event.rewrapped.values()) == (bucket, 2)
    assert set(live_secrets(after).values()).isdisjoint(live_secrets(state).values())
    assert kept.opened(after) == kept.opened(state) == secrets  # type: ignore[arg-type]


def test_a_key_that_is_not_held_wraps_nothing() -> None:
    kept = Kept()
    stream, state = kept.state("key")
    with pytest.raises(SecretUnavailable):
        wrapped_again(kept.vault, stream, state, Domain(bucket_of(kept.vault, stream), 2))


def test_what_holds_no_secrets_has_none() -> None:
    assert list(bound_secrets(Account(ACCOUNT, HOME, "name", NOW))) == []
    assert list(bound_secrets(None)) == []
