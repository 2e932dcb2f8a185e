"""The token by which a node joins, and what is handed over for it."""

import pytest

from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.nodes.handover import (
    hand_over_region,
    opened_key,
    sealed_key,
    take_over_region,
)
from services.region_node.nodes.node_keys import NodeKeys, make_node_keys
from services.region_node.nodes.tokens import MalformedToken, Token, decode_token, encode_token, is_signed_by
from services.region_node.settings.settings import Address, NodeSettings
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.node_card import MalformedNodeCard, decode_node_card

REGION, NOW = "us-east-1", 1_700_000_000_000
GIVER, TAKER, STRANGER = (make_node_keys(REGION, name, NOW) for name in ("node-1", "node-2", "node-3"))
TOKEN = Token(REGION, "node-1", "127.0.0.1:8151", GIVER.certificate, b"s" * 32, NOW)
KEYS = make_region_keys(REGION, 2, NOW)
SETTINGS = NodeSettings(REGION, Address("127.0.0.1", 8101), Address("127.0.0.1", 8201))


def test_a_token_says_what_was_put_into_it_and_who_has_signed_it() -> None:
    text = encode_token(TOKEN, GIVER.identity)
    assert decode_token(text) == TOKEN
    assert is_signed_by(text, GIVER.identity.public_bytes)
    assert not is_signed_by(text, TAKER.identity.public_bytes)


def test_the_log_learns_nothing_by_which_a_token_could_be_made() -> None:
    assert TOKEN.secret not in TOKEN.id
    assert TOKEN.id != TOKEN._replace(secret=b"t" * 32).id


@pytest.mark.parametrize("text", ["", "ktj1.", "ktj1.AAAA", "nonsense", encode_token(TOKEN, GIVER.identity)[:-9]])
def test_what_is_no_token_is_said_to_be_none(text: str) -> None:
    with pytest.raises(MalformedToken):
        decode_token(text)


def handed_over(card_of: NodeKeys = TAKER) -> tuple[bytes, bytes]:
    return hand_over_region(KEYS, SETTINGS, decode_node_card(card_of.encoded_card), GIVER.identity)


def test_a_region_is_handed_over_whole() -> None:
    keys, settings, _ = take_over_region(*handed_over(), TAKER, GIVER.identity.public_bytes)
    assert revealed(keys) == revealed(KEYS)
    assert settings == SETTINGS


def revealed(keys: RegionKeys) -> tuple[object, ...]:
    domain = {place: secret.reveal() for place, secret in keys.domain_keys.held().items()}
    sealing = {number: key.seed.reveal() for number, key in keys.sealing_keys.items()}
    return keys.mac_key_id, keys.mac_key.reveal(), keys.identity.seed.reveal(), sealing, domain, keys.certificate


def test_what_is_handed_over_opens_for_the_new_node_alone() -> None:
    sealed, _ = handed_over()
    signature = handed_over(STRANGER)[1]
    with pytest.raises(SecretUnavailable):
        take_over_region(sealed, signature, STRANGER, GIVER.identity.public_bytes)


def test_what_another_one_hands_over_is_not_taken() -> None:
    sealed, signature = handed_over()
    with pytest.raises(SecretUnavailable, match="not signed"):
        take_over_region(sealed, signature, TAKER, STRANGER.identity.public_bytes)
    with pytest.raises(SecretUnavailable, match="not signed"):
        take_over_region(sealed[:-1] + b"\0", signature, TAKER, GIVER.identity.public_bytes)


def test_a_key_opens_for_the_node_that_it_is_sealed_to_and_in_its_own_place() -> None:
    key = KEYS.domain_keys.held()[0, 1]
    sealed = sealed_key("domain.0.1", key, decode_node_card(TAKER.encoded_card))
    assert opened_key("domain.0.1", sealed, TAKER) == key
    for name, node in (("domain.0.1", STRANGER), ("domain.1.1", TAKER)):
        with pytest.raises(SecretUnavailable):
            opened_key(name, sealed, node)


@pytest.mark.parametrize(
    "spoilt",
    [b"", GIVER.encoded_card[:-1], GIVER.encoded_card[:-1] + bytes([GIVER.encoded_card[-1] ^ 1])],
)
def test_a_card_that_its_node_has_not_signed_is_none(spoilt: bytes) -> None:
    with pytest.raises(MalformedNodeCard):
        decode_node_card(spoilt)
