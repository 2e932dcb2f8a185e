"""The secrets of a peer's events, wrapped again for this region, and what is left out."""

import pytest

from services.region_node.rewrapping import rewrapped
from services.region_node.vault import RegionVault, material_binding
from shared.errors import KeyUnavailable
from shared.events import Event, KeyEnabled, KeyReplicated, MaterialBorn, SigningKeysIssued
from shared.identifiers import partition_of
from shared.keys.model import ENABLED, Key, KeyMaterial
from shared.secrets import Secret
from tests.services.region_node.running_replicator import ACCOUNT, KEYS, PARTITIONS, REGIONS

HOME, PEER, THIRD = REGIONS
CARDS = {region: keys.card for region, keys in KEYS.items()}
VAULTS = {region: RegionVault(KEYS[region], PARTITIONS, lambda: CARDS) for region in REGIONS}
KEY_ID, SECRET = "mrk-" + "0" * 32, Secret(b"s" * 32)


def replicated(sealed: object, *, number: int = 1) -> KeyReplicated:
    material = MaterialBorn(f"{number:064x}", KEY_ID, 0, None, sealed)  # type: ignore[arg-type]
    return KeyReplicated(ACCOUNT, KEY_ID, "", "", "", (material,), HOME, (PEER,), PEER)


def sealed_to(region: str, *, number: int = 1) -> bytes:
    return VAULTS[HOME].seal_material(region, ACCOUNT, KEY_ID, f"{number:064x}", SECRET)


def test_what_is_sealed_here_is_wrapped_for_this_region() -> None:
    found = rewrapped(VAULTS[PEER], PEER, (KeyEnabled(ACCOUNT, KEY_ID), replicated({PEER: sealed_to(PEER)})))
    (material_id,) = found
    assert VAULTS[PEER].open_secret(material_binding(ACCOUNT, KEY_ID, material_id), found[material_id]) == SECRET


def test_what_is_sealed_to_another_region_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    assert rewrapped(VAULTS[THIRD], THIRD, (replicated({PEER: sealed_to(PEER)}), replicated(None))) == {}
    assert caplog.text == ""


def test_what_does_not_open_is_left_out_and_said_and_its_use_fails_retryably(caplog: pytest.LogCaptureFixture) -> None:
    events = (
        replicated({PEER: sealed_to(THIRD)}, number=1),
        replicated({PEER: sealed_to(PEER, number=1)}, number=2),
        replicated({PEER: b"junk"}, number=3),
        replicated({PEER: sealed_to(PEER, number=4)}, number=4),
    )
    assert set(rewrapped(VAULTS[PEER], PEER, events)) == {f"{4:064x}"}
    assert caplog.text.count("does not open") == 3
    missing = KeyMaterial(f"{1:064x}", KEY_ID, 0, None)
    key = Key(ACCOUNT, KEY_ID, "", "", "", 0, (missing,), ENABLED, "", None, (), HOME, (PEER,), 0)
    with pytest.raises(KeyUnavailable):
        VAULTS[PEER].open_material(key, missing)


@pytest.mark.parametrize(
    "event",
    [
        replicated(7),
        replicated({PEER: 7}),
        replicated({PEER: None}),
        replicated({PEER: sealed_to(PEER)})._replace(materials=(None,)),  # type: ignore[arg-type]
        replicated({PEER: sealed_to(PEER)})._replace(account=7),  # type: ignore[arg-type]
        SigningKeysIssued(ACCOUNT, "AKIA", "20260101", 35, (PEER,), sealed=b"junk"),  # type: ignore[arg-type]
    ],
)
def test_odd_fields_of_a_peer_s_event_hurt_no_other_event(event: Event) -> None:
    good = replicated({PEER: sealed_to(PEER, number=9)}, number=9)
    assert f"{9:064x}" in rewrapped(VAULTS[PEER], PEER, (event, good))
    assert partition_of(ACCOUNT, PARTITIONS) in range(PARTITIONS)
