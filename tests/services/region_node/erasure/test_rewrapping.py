"""The secrets of a peer's events, wrapped again for this region, and what is left out."""

import hypothesis
import pytest
from hypothesis import strategies as st

from replication.writing.draft import domain_of
from services.region_node.erasure.rewrapping import Adopter
from services.region_node.keys.vault import RegionVault, access_key_binding, material_binding
from shared.crypto.material_id import material_id_of
from shared.erasure.events import SecretSealed
from shared.errors import KeyUnavailable
from shared.events import (
    AccessKeyCreated,
    Event,
    KeyCreated,
    KeyEnabled,
    KeyFamilyCreated,
    KeyMaterialGiven,
    KeyReplicated,
    KeyRotated,
    KeyRotationStarted,
    MaterialBorn,
)
from shared.identifiers import access_key_id, partition_of
from shared.identity.account_events import AccessKeySecretGiven, access_key_secret_id
from shared.keys.model import ENABLED, Key, KeyMaterial
from shared.secrets import Secret
from tests.services.region_node.running_replicator import ACCOUNT, KEYS, PARTITIONS, REGIONS

HOME, PEER, THIRD = REGIONS
CARDS = {region: keys.card for region, keys in KEYS.items()}
VAULTS = {region: RegionVault(KEYS[region], PARTITIONS, lambda: CARDS) for region in REGIONS}
PARTITION = partition_of(ACCOUNT, PARTITIONS)
ADOPTERS = {region: Adopter(vault, region, PARTITION) for region, vault in VAULTS.items()}
ACCESS_KEY_ID = access_key_id(ACCOUNT, 7)
SPEC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
KEY_ID, SECRET = "mrk-" + "0" * 32, Secret(b"s" * 32)
COMMITTED = material_id_of(ACCOUNT, KEY_ID, SECRET)


def replicated(sealed: dict[str, bytes] | None, *, number: int = 1) -> KeyReplicated:
    material = MaterialBorn(f"{number:064x}", KEY_ID, 0, None, sealed)
    return KeyReplicated(ACCOUNT, KEY_ID, *SPEC, (material,), HOME, (PEER,), PEER)


def sealed_to(region: str, *, number: int = 1) -> bytes:
    return VAULTS[HOME].seal_material(region, ACCOUNT, KEY_ID, f"{number:064x}", SECRET)


def test_what_is_sealed_here_is_wrapped_for_this_region() -> None:
    found = ADOPTERS[PEER].rewrapped((KeyEnabled(ACCOUNT, KEY_ID), replicated({PEER: sealed_to(PEER)})))
    (material_id,) = found
    assert VAULTS[PEER].open_secret(material_binding(ACCOUNT, KEY_ID, material_id), found[material_id]) == SECRET


def test_an_access_keys_secret_is_wrapped_by_the_stand_by() -> None:
    binding = access_key_binding(ACCOUNT, ACCESS_KEY_ID)
    sealed = {PEER: VAULTS[HOME].seal_secret(PEER, binding, SECRET)}
    for event in (
        AccessKeyCreated(ACCOUNT, "user", ACCESS_KEY_ID, None, sealed),
        AccessKeySecretGiven(ACCOUNT, ACCESS_KEY_ID, (PEER, HOME), sealed),
    ):
        found = ADOPTERS[PEER].rewrapped((event,))
        assert VAULTS[PEER].open_secret(binding, found[access_key_secret_id(ACCESS_KEY_ID)]) == SECRET
        assert ADOPTERS[THIRD].rewrapped((event,)) == {}


def test_what_is_sealed_to_another_region_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    assert ADOPTERS[THIRD].rewrapped((replicated({PEER: sealed_to(PEER)}), replicated(None))) == {}
    assert caplog.text == ""


def test_what_does_not_open_is_left_out_and_said_and_its_use_fails_retryably(caplog: pytest.LogCaptureFixture) -> None:
    events = (
        replicated({PEER: sealed_to(THIRD)}, number=1),
        replicated({PEER: sealed_to(PEER, number=1)}, number=2),
        replicated({PEER: b"junk"}, number=3),
        replicated({PEER: sealed_to(PEER, number=4)}, number=4),
    )
    assert set(ADOPTERS[PEER].rewrapped(events)) == {f"{4:064x}"}
    assert caplog.text.count("does not open") == 3
    missing = KeyMaterial(f"{1:064x}", KEY_ID, 0, None)
    key = Key(ACCOUNT, KEY_ID, "", "", "", 0, (missing,), ENABLED, "", None, (), HOME, (PEER,), 0)
    with pytest.raises(KeyUnavailable):
        VAULTS[PEER].open_material(key, missing)


@hypothesis.given(st.binary(max_size=40) | st.binary(min_size=1100, max_size=1400))
def test_whatever_a_peer_has_sealed_is_left_out_and_stops_nobody(sealed: bytes) -> None:
    assert ADOPTERS[PEER].rewrapped((replicated({PEER: sealed}),)) == {}


def test_secrets_of_another_partitions_account_are_left_out() -> None:
    """Wrapped in one record they would rest on two domain keys, and no draft could hold them."""
    elsewhere = next(f"{number:012}" for number in range(99) if partition_of(f"{number:012}", PARTITIONS) != PARTITION)
    sealed = VAULTS[HOME].seal_material(PEER, elsewhere, KEY_ID, f"{1:064x}", SECRET)
    misplaced = replicated({PEER: sealed})._replace(account=elsewhere)
    good = replicated({PEER: sealed_to(PEER, number=9)}, number=9)
    found = ADOPTERS[PEER].rewrapped((misplaced, good))
    assert set(found) == {f"{9:064x}"}
    domain = domain_of(found.values())
    assert domain is not None
    assert domain[0] % PARTITIONS == PARTITION


def given(secret: Secret, **material: object) -> tuple[Event, ...]:
    """Every way in which a region hands over a material with an id of its own; the giver says nothing of that."""
    sealed = {PEER: VAULTS[HOME].seal_material(PEER, ACCOUNT, KEY_ID, COMMITTED, secret)}
    born = (MaterialBorn(COMMITTED, KEY_ID, 0, None, sealed)._replace(**material),)  # type: ignore[arg-type]
    return (
        KeyReplicated(ACCOUNT, KEY_ID, *SPEC, born, HOME, (PEER,), PEER),
        KeyMaterialGiven(ACCOUNT, KEY_ID, born, (PEER,)),
        SecretSealed(ACCOUNT, KEY_ID, PEER, born),
    )


def births(secret: Secret) -> tuple[Event, ...]:
    """Every way in which a material is born in another region."""
    sealed = {PEER: VAULTS[HOME].seal_material(PEER, ACCOUNT, KEY_ID, COMMITTED, secret)}
    born = (MaterialBorn(COMMITTED, KEY_ID, 0, None, sealed, id_commits=True),)
    return (
        KeyCreated(ACCOUNT, KEY_ID, *SPEC, born, HOME),
        KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", COMMITTED, born),
        KeyRotationStarted(ACCOUNT, KEY_ID, "ON_DEMAND", born),
        KeyFamilyCreated(ACCOUNT, KEY_ID, *SPEC, born, HOME, (PEER,)),
    )


@pytest.mark.parametrize("known", [True, None])
@pytest.mark.parametrize("kind", range(7))
def test_material_that_its_id_does_not_commit_to_is_not_taken(kind: int, known: bool | None) -> None:
    alarms: list[str] = []
    adopter = ADOPTERS[PEER]._replace(commits=lambda *_: known, wrong=alarms.append)
    wrong, right = ((*given(secret), *births(secret))[kind] for secret in (Secret(b"w" * 32), SECRET))
    assert adopter.rewrapped((wrong,)) == {}
    is_said = known is True or kind >= len(given(SECRET))
    assert [material_binding(ACCOUNT, KEY_ID, COMMITTED) in alarm for alarm in alarms] == [True] * is_said
    assert set(adopter.rewrapped((right,))) == {COMMITTED}
    assert len(alarms) == is_said


def test_nobody_is_blamed_for_material_of_which_no_birth_has_said_anything_yet() -> None:
    """One with an id of before is given to a new replica; both records come at once, and the birth is not folded."""
    alarms: list[str] = []
    adopter = ADOPTERS[PEER]._replace(commits=lambda *_: None, wrong=alarms.append)
    assert [adopter.rewrapped((event,)) for event in given(Secret(b"w" * 32))] == [{}, {}, {}]
    assert alarms == []
    claimed = given(Secret(b"w" * 32), id_commits=True)
    assert [adopter.rewrapped((event,)) for event in claimed] == [{}, {}, {}]
    assert len(alarms) == 3


def test_nobody_gives_a_material_another_birth() -> None:
    """The id is bound to the key that the material was born under, whatever the giver says of it."""
    adopter = ADOPTERS[PEER]._replace(commits=lambda *_: True)
    assert all(not adopter.rewrapped((event,)) for event in given(SECRET, born_key_id="mrk-" + "1" * 32))


def test_the_material_of_a_birth_that_says_nothing_is_taken_as_before() -> None:
    adopter = ADOPTERS[PEER]._replace(commits=lambda *_: False)
    for event in given(Secret(b"w" * 32)):
        assert set(adopter.rewrapped((event,))) == {COMMITTED}
