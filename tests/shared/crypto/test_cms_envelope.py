"""Envelopes for attested recipients: their bytes, and who opens them."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.cms_envelope import enveloped, recipient_key, seal
from tests.nitro.enclave import Enclave, public_key_of
from tests.nitro.enclave import recipient_key as private_key

VECTORS = Path(__file__).parents[2] / "vectors"
RECORDED = bytes.fromhex((VECTORS / "kms_enveloped_data.hex").read_text())
"""An answer of AWS KMS. Source: aws/aws-nitro-enclaves-sdk-c, tests/cms_test.c, "CMS response from KMS"."""

_SHA256 = {"algorithm": "sha256", "parameters": None}
OAEP_SHA256 = {
    "hash_algorithm": _SHA256,
    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": _SHA256},
    "p_source_algorithm": {"algorithm": "p_specified", "parameters": b""},
}

PRIVATE = private_key()
PUBLIC = recipient_key(public_key_of(PRIVATE))

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the command openssl is not installed")


class Parts(NamedTuple):
    """What stands in an envelope, as asn1crypto reads it."""

    key_identifier: bytes
    encrypted_key: bytes
    initialization_vector: bytes
    content: bytes


def read(envelope: bytes) -> Parts:
    """Errors: AssertionError for anything but the one form."""
    content_info = cms.ContentInfo.load(envelope, strict=True)
    assert content_info["content_type"].native == "enveloped_data"
    data = content_info["content"]
    assert (data["version"].native, len(data["recipient_infos"])) == ("v2", 1)
    assert not data["originator_info"].native
    assert not data["unprotected_attrs"].native
    return Parts(*_recipient(data["recipient_infos"][0]), *_content(data["encrypted_content_info"]))


def _recipient(info: Any) -> tuple[bytes, bytes]:
    assert info.name == "ktri"
    recipient = info.chosen
    algorithm = recipient["key_encryption_algorithm"]
    assert (recipient["version"].native, recipient["rid"].name) == ("v2", "subject_key_identifier")
    assert (algorithm["algorithm"].native, algorithm["parameters"].native) == ("rsaes_oaep", OAEP_SHA256)
    return recipient["rid"].native, recipient["encrypted_key"].native


def _content(info: Any) -> tuple[bytes, bytes]:
    algorithm = info["content_encryption_algorithm"]
    assert (info["content_type"].native, algorithm["algorithm"].native) == ("data", "aes256_cbc")
    return algorithm["parameters"].native, info["encrypted_content"].native


def test_the_bytes_are_those_that_aws_kms_sends() -> None:
    parts = read(RECORDED)
    assert [len(part) for part in parts] == [32, 256, 16, 48]
    assert enveloped(*parts) == RECORDED


@settings(max_examples=30, deadline=None)
@given(plaintext=st.binary(max_size=4096))
def test_another_reader_finds_the_same_parts(plaintext: bytes) -> None:
    parts = read(seal(plaintext, PUBLIC))
    padded = len(plaintext) + 16 - len(plaintext) % 16
    assert [len(part) for part in parts] == [32, 256, 16, padded]


@needs_openssl
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 32, 127, 128, 1024, 4096])
def test_openssl_opens_it_with_the_recipients_key(tmp_path: Path, length: int) -> None:
    plaintext = bytes(range(256)) * 16
    assert Enclave(1_790_000_000_000).open(seal(plaintext[:length], PUBLIC), tmp_path) == plaintext[:length]


def test_every_envelope_has_its_own_key_and_vector() -> None:
    first, second = (read(seal(b"plaintext", PUBLIC)) for _ in range(2))
    assert first.key_identifier == second.key_identifier
    assert first.encrypted_key != second.encrypted_key
    assert first.initialization_vector != second.initialization_vector
    assert first.content != second.content


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_keys_of_the_sizes_that_enclaves_make_are_taken(bits: int) -> None:
    public_key = public_key_of(private_key(bits))
    key = recipient_key(public_key)
    assert key.key_size == bits
    assert len(read(seal(b"plaintext", key)).encrypted_key) == bits // 8


SPKI, PKCS1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
INFO = public_key_of(PRIVATE)
RSA_ENCRYPTION, RSASSA_PSS = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010a")

REFUSED: dict[str, bytes] = {
    "1024 bits": public_key_of(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - it is to be refused
    "2056 bits": public_key_of(rsa.generate_private_key(65537, 2056)),
    "a key on P-384": ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(Encoding.DER, SPKI),
    "PKCS #1": PRIVATE.public_key().public_bytes(Encoding.DER, PKCS1),
    "PEM": PRIVATE.public_key().public_bytes(Encoding.PEM, SPKI),
    "a byte behind the end": INFO + b"\x00",
    "cut short": INFO[:-1],
    "for signatures only": INFO.replace(RSA_ENCRYPTION, RSASSA_PSS),
    "an unknown kind": INFO.replace(RSA_ENCRYPTION, RSA_ENCRYPTION[:-1] + b"\x7f"),
    "noise": b"public key",
    "nothing": b"",
}


@pytest.mark.parametrize("public_key", REFUSED.values(), ids=list(REFUSED))
def test_any_other_key_is_refused(public_key: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the texts are pyca/cryptography's, in part
        recipient_key(public_key)
