"""SM2: what its encodings refuse, and what is refused before a library sees it."""

import pytest

pytest.importorskip("gmssl_pyx", reason="SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed")

import gmssl_pyx
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.crypto import sm2
from shared.crypto.opened_key import RAW
from shared.crypto.sm2 import Sm2Key, generate, imported, open_key
from shared.crypto.sm2_encoding import (
    FIELD,
    GENERATOR,
    ORDER,
    Point,
    Sealed,
    ciphertext,
    is_scalar,
    private_info,
    public_info,
    read_ciphertext,
    read_private_info,
    read_public_info,
)
from shared.errors import InvalidKeySignature
from shared.secrets import Secret

ONE, TWO = (number.to_bytes(32, "big") for number in (1, 2))
OFF_THE_CURVE = (GENERATOR[0], GENERATOR[1] ^ 1)
BEYOND_THE_FIELD = (GENERATOR[0] + FIELD, GENERATOR[1])


@asn1.sequence
class Ciphertext:
    """GM/T 0009-2012, section 7.2, with nothing checked."""

    x: int
    y: int
    digest: bytes
    body: bytes


@pytest.mark.parametrize(
    ("secret", "sound"),
    [
        (ONE, True),
        ((ORDER - 2).to_bytes(32, "big"), True),
        ((ORDER - 1).to_bytes(32, "big"), False),
        (ORDER.to_bytes(32, "big"), False),
        (bytes(32), False),
        (b"\xff" * 32, False),
        (ONE[1:], False),
        (b"\0" + ONE, False),
    ],
)
def test_which_scalars_are_private_keys(secret: bytes, sound: bool) -> None:
    """GB/T 32918.1, section 6.1: from 1 to order - 2."""
    assert is_scalar(secret) is sound
    if not sound:
        with pytest.raises(ValueError, match="SM2"):
            imported("SM2", private_info(secret, GENERATOR))


def test_opening_a_key_does_not_look_for_its_public_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes some 16 ms of pure Python, and whoever opens a key stands in an event loop."""
    found: list[Secret] = []

    def find(scalar: Secret) -> Point:
        found.append(scalar)
        return GENERATOR

    monkeypatch.setattr(sm2, "_public_point", find)
    key = open_key("SM2", Secret(ONE))
    assert found == []
    assert key.public_bytes() == key.public_bytes() == public_info(GENERATOR)
    assert len(found) == 1


def test_what_is_written_is_read() -> None:
    assert read_private_info(private_info(ONE, GENERATOR)) == (ONE, GENERATOR)
    assert read_public_info(public_info(GENERATOR)) == GENERATOR
    sealed = Sealed(GENERATOR, bytes(32), b"body")
    assert read_ciphertext(ciphertext(sealed)) == sealed


def test_public_key_of_another_beside_the_scalar_is_refused() -> None:
    assert imported("SM2", private_info(ONE, GENERATOR)).reveal() == ONE
    with pytest.raises(ValueError, match="public key is of another"):
        imported("SM2", private_info(TWO, GENERATOR))


@pytest.mark.parametrize(
    ("x", "y", "digest", "body"),
    [
        (*OFF_THE_CURVE, bytes(32), b"body"),
        (*BEYOND_THE_FIELD, bytes(32), b"body"),
        (-GENERATOR[0], GENERATOR[1], bytes(32), b"body"),
        (0, 0, bytes(32), b"body"),
        (*GENERATOR, bytes(31), b"body"),
        (*GENERATOR, bytes(32), b""),
    ],
)
def test_ciphertext_that_no_key_can_have_made(x: int, y: int, digest: bytes, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_ciphertext(asn1.encode_der(Ciphertext(x=x, y=y, digest=digest, body=body)))


@pytest.mark.parametrize("point", [OFF_THE_CURVE, (0, 0)])
def test_public_key_off_the_curve(point: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not a point"):
        read_public_info(public_info(point))


def test_malformed_signature_does_not_reach_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Sm2Key(generate("SM2"))
    signature = key.sign("SM2DSA", RAW, b"message")
    key.verify("SM2DSA", RAW, b"message", signature)
    monkeypatch.setattr(gmssl_pyx, "sm2_verify", lambda *_arguments: pytest.fail("parsed outside of Python"))
    long_form, zero = signature[:1] + b"\x81" + signature[1:], encode_dss_signature(0, 1)
    great = (encode_dss_signature(ORDER, 1), encode_dss_signature(1, ORDER), encode_dss_signature(1, 2**4000))
    for wrong in (b"", signature[:-1], signature + b"\0", long_form, zero, *great):
        with pytest.raises(InvalidKeySignature):
            key.verify("SM2DSA", RAW, b"message", wrong)


def test_nothing_is_encrypted_to_nothing() -> None:
    """gmalg would search for ever; the request's type has refused it before."""
    with pytest.raises(ValueError, match="no ciphertext of nothing"):
        Sm2Key(Secret(ONE)).encrypt("SM2PKE", b"")
