"""Region cards and the certificates that rest on a region's identity."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgpack
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.region_card import MalformedCard, RegionCard, decode_card, encode_card, fingerprint
from shared.crypto.region_certificate import certifies, identity_certificate, node_certificate, region_domain
from shared.crypto.region_identity import RegionIdentity, verify_signature
from shared.crypto.sealing import SealingKey
from shared.secrets import Secret

REGION = "eu-west-1"
NOW = 1_800_000_000_000
IDENTITY = RegionIdentity(Secret(b"\x07" * 32))
SEALING_PUBLIC = SealingKey.generate().public_bytes()
CARD = RegionCard(REGION, IDENTITY.public_bytes, 1, SEALING_PUBLIC, identity_certificate(IDENTITY, REGION, NOW))


def test_card_is_read_back() -> None:
    assert decode_card(encode_card(CARD, IDENTITY)) == CARD


def test_same_card_gives_the_same_bytes() -> None:
    assert encode_card(CARD, IDENTITY) == encode_card(CARD, IDENTITY)


def test_every_changed_byte_is_refused() -> None:
    encoded = encode_card(CARD, IDENTITY)
    for position in range(len(encoded)):
        changed = bytearray(encoded)
        changed[position] ^= 1 << position % 8
        with pytest.raises(MalformedCard):
            decode_card(bytes(changed))


def test_card_signed_by_another_identity_is_refused() -> None:
    with pytest.raises(MalformedCard, match="not signed"):
        decode_card(encode_card(CARD, RegionIdentity.generate()))


def test_signature_over_the_same_bytes_without_the_label_is_refused() -> None:
    signed, _ = msgpack.unpackb(encode_card(CARD, IDENTITY))
    with pytest.raises(MalformedCard, match="not signed"):
        decode_card(msgpack.packb((signed, IDENTITY.sign(signed))))


@pytest.mark.parametrize(
    "card",
    [
        CARD._replace(region="EU"),
        CARD._replace(region="eu-west-1\n"),
        CARD._replace(identity=b"\x00" * 31),
        CARD._replace(sealing_number=0),
        CARD._replace(sealing_number=True),
        CARD._replace(sealing_public=b""),
    ],
)
def test_malformed_card_is_refused_though_signed(card: RegionCard) -> None:
    with pytest.raises(MalformedCard, match="known version"):
        decode_card(encode_card(card, IDENTITY))


@pytest.mark.parametrize(
    "certificate",
    [
        b"",
        b"junk",
        identity_certificate(IDENTITY, "us-east-1", NOW),
        identity_certificate(RegionIdentity.generate(), REGION, NOW),
        node_certificate(IDENTITY, REGION, ec.generate_private_key(ec.SECP256R1()).public_key(), NOW),
    ],
)
def test_card_with_another_certificate_is_refused(certificate: bytes) -> None:
    with pytest.raises(MalformedCard, match="certificate"):
        decode_card(encode_card(CARD._replace(certificate=certificate), IDENTITY))


@given(junk=st.binary(max_size=200))
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(MalformedCard):
        decode_card(junk)


def test_fingerprint_is_the_digest_of_an_identity_in_groups_of_four() -> None:
    groups = fingerprint(CARD.identity).split(" ")
    assert [len(group) for group in groups] == [4] * 16
    assert "".join(groups) == hashlib.sha256(CARD.identity).hexdigest()


def test_signature_is_of_its_message_and_identity_only() -> None:
    signature = IDENTITY.sign(b"message")
    assert verify_signature(IDENTITY.public_bytes, b"message", signature)
    assert not verify_signature(IDENTITY.public_bytes, b"another", signature)
    assert not verify_signature(RegionIdentity.generate().public_bytes, b"message", signature)
    assert not verify_signature(IDENTITY.public_bytes, b"message", b"")
    assert not verify_signature(b"no key", b"message", signature)


def test_node_certificate_names_its_region_and_lasts_a_month() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    certificate = node_certificate(IDENTITY, REGION, public, NOW)
    read = x509.load_der_x509_certificate(certificate)
    now = datetime.fromtimestamp(NOW / 1000, UTC)
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [region_domain(REGION)]
    assert read.not_valid_before_utc == now - timedelta(hours=1)
    assert read.not_valid_after_utc == now + timedelta(days=30)
    read.verify_directly_issued_by(x509.load_der_x509_certificate(CARD.certificate))


def test_identity_certificate_vouches_for_its_own_region_and_names_none() -> None:
    assert certifies(CARD.certificate, IDENTITY.public_bytes, REGION)
    with pytest.raises(x509.ExtensionNotFound):
        x509.load_der_x509_certificate(CARD.certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName)
