"""A decision's secrets come under the domain key that is current where it was decided, whatever wrapped them before."""

import pytest

from replication.writing.draft import domain_of
from services.region_node.changes.carried_secrets import wrapped_in
from services.region_node.changes.renewing import Renewing
from services.region_node.keys.region_keys import fresh_domain_key, make_region_keys
from services.region_node.keys.vault import RegionVault, access_key_binding, key_store_binding, material_binding
from shared import events as e
from shared.crypto.domain_keys import fingerprint
from shared.decision import Decision
from shared.erasure.events import EpochOpened
from shared.erasure.model import Domain
from shared.errors import KeyUnavailable
from shared.events import Event
from shared.key_stores.events import KeyStoreCreated, KeyStoreUpdated
from shared.secrets import Secret
from tests.replication.folding import Folding
from tests.replication.written_log import HOME, WrittenLog
from tests.services.region_node.keys.test_vault import ACCOUNT, KEY_ID, MATERIAL_ID, NOW, PARTITIONS, SECRET

STORE = "cks-1234567890abcdef0"
BINDINGS = {
    "key": material_binding(ACCOUNT, KEY_ID, MATERIAL_ID),
    "access-key": access_key_binding(ACCOUNT, "AKIA"),
    "key-store": key_store_binding(ACCOUNT, STORE),
}


def event_with(kind: str, wrapped: bytes) -> Event:
    if kind == "key":
        return e.KeyCreated(ACCOUNT, KEY_ID, materials=(e.MaterialBorn(MATERIAL_ID, KEY_ID, NOW, wrapped),))
    if kind == "access-key":
        return e.AccessKeyCreated(ACCOUNT, "user", "AKIA", wrapped)
    if kind == "key-store":
        return KeyStoreCreated(ACCOUNT, STORE, "name", "EXTERNAL_KEY_STORE", wrapped)
    return KeyStoreUpdated(ACCOUNT, STORE, wrapped=wrapped)


class Renewed:
    """A vault, and a state in which the bucket of a binding may have advanced."""

    def __init__(self, binding: str) -> None:
        self.keys = make_region_keys(HOME, PARTITIONS, NOW)
        self.vault = RegionVault(self.keys, PARTITIONS, dict)
        self.binding, self.bucket = binding, self.vault.bucket(ACCOUNT, binding)
        self.folding = Folding(partition=self.bucket % PARTITIONS)
        self.log = WrittenLog(partition=self.bucket % PARTITIONS)
        self.folding.apply(self.log.open())

    def advance(self, epoch: int, known_by: bytes = b"") -> None:
        self.folding.apply(self.log.write(EpochOpened(self.bucket, epoch, known_by)))

    def renewed(self, event: Event) -> Event:
        with self.folding.store.read() as snapshot:
            (found,) = Renewing(self.vault, PARTITIONS)(Decision((event,)), snapshot).events
        return found


@pytest.mark.parametrize(("kind", "named"), [*((kind, kind) for kind in BINDINGS), ("update", "key-store")])
@pytest.mark.parametrize(("wrapped_under", "current"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_a_secret_comes_under_the_epoch_of_the_state(kind: str, named: str, wrapped_under: int, current: int) -> None:
    renewed = Renewed(BINDINGS[named])
    renewed.keys.domain_keys.add(renewed.bucket, 2, fresh_domain_key())
    wrapped = renewed.vault.wrap_in(Domain(renewed.bucket, wrapped_under), renewed.binding, SECRET)
    if current == 2:
        renewed.advance(2)
    (found,) = wrapped_in(renewed.renewed(event_with(kind, wrapped)))
    assert domain_of([found]) == (renewed.bucket, current)
    assert (found == wrapped) is (wrapped_under == current)
    assert renewed.vault.open_secret(renewed.binding, found) == SECRET


def test_a_decision_without_secrets_is_left_as_it_is() -> None:
    event = e.KeyEnabled(ACCOUNT, KEY_ID)
    assert Renewed(BINDINGS["key"]).renewed(event) is event


def test_a_node_that_has_not_got_the_key_refuses_retryably() -> None:
    renewed = Renewed(BINDINGS["key"])
    wrapped = renewed.vault.wrap_secret(ACCOUNT, renewed.binding, Secret(b"s" * 32))
    renewed.advance(2)
    with pytest.raises(KeyUnavailable) as refusal:
        renewed.renewed(event_with("key", wrapped))
    assert refusal.value.retryable


def test_a_key_that_another_node_has_not_opened_the_epoch_with_wraps_nothing() -> None:
    renewed = Renewed(BINDINGS["key"])
    wrapped = renewed.vault.wrap_secret(ACCOUNT, renewed.binding, SECRET)
    right, wrong = fresh_domain_key(), fresh_domain_key()
    renewed.keys.domain_keys.add(renewed.bucket, 2, wrong)
    renewed.advance(2, fingerprint(renewed.bucket, 2, right))
    with pytest.raises(KeyUnavailable):
        renewed.renewed(event_with("key", wrapped))
    renewed.keys.domain_keys.add(renewed.bucket, 2, right)
    (found,) = wrapped_in(renewed.renewed(event_with("key", wrapped)))
    assert domain_of([found]) == (renewed.bucket, 2)
