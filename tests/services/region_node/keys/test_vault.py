"""The region's secrets as operations and the mirror use them."""

import pytest

from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.keys.vault import RegionVault, access_key_binding, material_binding, signing_keys_binding
from services.region_node.requests.call import Vault
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.key_material import generate_material
from shared.crypto.opened_key import RAW, SigningKey
from shared.crypto.region_card import RegionCard
from shared.crypto.wrapped_secret import decode_wrapped_secret
from shared.errors import KeyUnavailable, NotFound
from shared.identifiers import partition_of
from shared.keys.model import ENABLED, Key, KeyMaterial
from shared.secrets import Secret

HOME, PEER, STRANGER = "us-east-1", "eu-west-1", "ap-southeast-2"
NOW = 1_800_000_000_000
PARTITIONS = 4
ACCOUNT, OTHER_ACCOUNT = "123456789012", "210987654321"
KEY_ID = "mrk-0123456789abcdef0123456789abcdef"
MATERIAL_ID = "ab" * 32
SECRET = Secret(bytes(range(32)))

KEYS = {region: make_region_keys(region, PARTITIONS, NOW) for region in (HOME, PEER)}
CARDS = {region: keys.card for region, keys in KEYS.items()}


def _vault(region: str, cards: dict[str, RegionCard] = CARDS, remembered: int = 10) -> RegionVault:
    return RegionVault(KEYS[region], PARTITIONS, lambda: cards, remembered, remembered)


def _key(
    wrapped: bytes | None, account: str = ACCOUNT, key_id: str = KEY_ID, spec: str = "SYMMETRIC_DEFAULT"
) -> tuple[Key, KeyMaterial]:
    material = KeyMaterial(MATERIAL_ID, key_id, NOW, wrapped)
    key = Key(
        account,
        key_id,
        spec,
        "ENCRYPT_DECRYPT",
        "AWS_KMS",
        NOW,
        (material,),
        ENABLED,
        "",
        None,
        (),
        HOME,
        (),
        0,
    )
    return key, material


def _open(vault: Vault, wrapped: bytes | None, account: str = ACCOUNT, key_id: str = KEY_ID) -> Secret:
    return vault.open_material(*_key(wrapped, account, key_id))


def test_wrapped_material_opens_again_and_again() -> None:
    vault = _vault(HOME)
    wrapped = vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)
    assert [_open(vault, wrapped) for _ in range(3)] == [SECRET] * 3


def test_material_is_wrapped_in_a_bucket_of_its_account_s_partition() -> None:
    vault = _vault(HOME)
    for account in (ACCOUNT, OTHER_ACCOUNT):
        wrapped = vault.wrap_material(account, KEY_ID, MATERIAL_ID, SECRET)
        assert decode_wrapped_secret(wrapped).bucket % PARTITIONS == partition_of(account, PARTITIONS)


def test_material_that_has_not_arrived_is_unavailable_and_worth_a_retry() -> None:
    with pytest.raises(KeyUnavailable, match=KEY_ID) as refusal:
        _open(_vault(HOME), None)
    assert refusal.value.retryable


def test_material_of_another_key_is_unavailable_even_when_it_was_opened_before() -> None:
    vault = _vault(HOME)
    wrapped = vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)
    _open(vault, wrapped)
    with pytest.raises(KeyUnavailable):
        _open(vault, wrapped, key_id="mrk-" + "0" * 32)
    with pytest.raises(KeyUnavailable):
        _open(vault, wrapped, account=OTHER_ACCOUNT)


def _counting(vault: RegionVault, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The secrets that the vault unwraps from now on."""
    opened: list[bytes] = []
    open_secret = vault.open_secret

    def counting(binding: str, wrapped: bytes) -> Secret:
        opened.append(wrapped)
        return open_secret(binding, wrapped)

    monkeypatch.setattr(vault, "open_secret", counting)
    return opened


def test_what_was_used_last_is_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = _vault(HOME, remembered=2)
    first, second, third = (vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, SECRET) for _ in range(3))
    opened = _counting(vault, monkeypatch)
    for wrapped in (first, second, first, third, first, second):
        assert _open(vault, wrapped) == SECRET
    assert opened == [first, second, third, second]


def test_a_key_is_parsed_once_and_forgotten_when_others_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = _vault(HOME, remembered=2)
    first, second, third = (
        vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, generate_material("ECC_NIST_P256")) for _ in range(3)
    )
    opened = _counting(vault, monkeypatch)
    keys = [
        vault.open_key(*_key(wrapped, spec="ECC_NIST_P256")) for wrapped in (first, second, first, third, first, second)
    ]
    assert opened == [first, second, third, second]
    assert keys[0] is keys[2] is keys[4]
    assert keys[1] is not keys[5]
    signing = keys[0]
    assert isinstance(signing, SigningKey)
    signing.verify("ECDSA_SHA_256", RAW, b"message", signing.sign("ECDSA_SHA_256", RAW, b"message"))


def test_a_key_whose_secret_is_not_here_is_unavailable_even_when_another_owner_opened_it() -> None:
    vault = _vault(HOME)
    wrapped = vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, generate_material("HMAC_256"))
    vault.open_key(*_key(wrapped, spec="HMAC_256"))
    for key, material in (
        _key(None, spec="HMAC_256"),
        _key(wrapped, OTHER_ACCOUNT, spec="HMAC_256"),
        _key(wrapped, key_id="mrk-" + "0" * 32, spec="HMAC_256"),
    ):
        with pytest.raises(KeyUnavailable, match=key.key_id):
            vault.open_key(key, material)


def test_material_sealed_to_a_peer_opens_there_and_nowhere_else() -> None:
    sealed = _vault(HOME).seal_material(PEER, ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)
    binding = material_binding(ACCOUNT, KEY_ID, MATERIAL_ID)
    assert _vault(PEER).open_sealed(binding, sealed) == SECRET
    with pytest.raises(SecretUnavailable):
        _vault(HOME).open_sealed(binding, sealed)


@pytest.mark.parametrize("sealed", [b"", b"junk", bytes(1200)])
def test_what_was_never_sealed_is_unavailable(sealed: bytes) -> None:
    with pytest.raises(SecretUnavailable):
        _vault(PEER).open_sealed("binding", sealed)


def test_sealed_under_another_binding_is_unavailable() -> None:
    sealed = _vault(HOME).seal_material(PEER, ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)
    with pytest.raises(SecretUnavailable):
        _vault(PEER).open_sealed(material_binding(OTHER_ACCOUNT, KEY_ID, MATERIAL_ID), sealed)


def test_sealed_to_a_destroyed_sealing_key_is_unavailable() -> None:
    sealed = _vault(HOME, {PEER: CARDS[PEER]._replace(sealing_number=9)}).seal_secret(PEER, "binding", SECRET)
    with pytest.raises(SecretUnavailable, match="no sealing key 9"):
        _vault(PEER).open_sealed("binding", sealed)


@pytest.mark.parametrize("region", [STRANGER, HOME])
def test_nothing_is_sealed_to_a_region_that_is_no_peer(region: str) -> None:
    with pytest.raises(NotFound, match=region):
        _vault(HOME).seal_material(region, ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)


def test_peers_are_the_pinned_cards_as_they_are_now() -> None:
    cards = {HOME: CARDS[HOME]}
    vault = _vault(HOME, cards)
    assert vault.peer_regions() == frozenset()
    cards[PEER] = CARDS[PEER]
    assert vault.peer_regions() == {PEER}


def test_other_secrets_open_under_their_own_binding_only() -> None:
    vault = _vault(HOME)
    bindings = [
        access_key_binding(ACCOUNT, "AKIA"),
        access_key_binding(OTHER_ACCOUNT, "AKIA"),
        signing_keys_binding(ACCOUNT, "AKIA", "20260101"),
        signing_keys_binding(ACCOUNT, "AKIA", "20260102"),
        material_binding(ACCOUNT, KEY_ID, MATERIAL_ID),
    ]
    wrapped = {binding: vault.wrap_secret(ACCOUNT, binding, SECRET) for binding in bindings}
    assert len(wrapped) == len(bindings)
    for binding in bindings:
        for own, content in wrapped.items():
            if binding == own:
                assert vault.open_secret(binding, content) == SECRET
            else:
                with pytest.raises(SecretUnavailable):
                    vault.open_secret(binding, content)


def test_region_keys_of_another_region_open_nothing_here() -> None:
    keys: RegionKeys = KEYS[PEER]
    wrapped = _vault(HOME).wrap_secret(ACCOUNT, "binding", SECRET)
    with pytest.raises(SecretUnavailable):
        keys.domain_keys.unwrap(wrapped, "binding")
