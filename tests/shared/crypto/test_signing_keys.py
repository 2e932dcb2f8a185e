"""Signatures of every key spec and algorithm: what is taken, what is refused, and in which words."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.crypto.opened_key import DIGEST, EXTERNAL_MU, RAW, SigningKey
from shared.errors import InvalidKeySignature, ValidationFailed
from shared.keys.specs import SIGN_VERIFY
from tests.shared.crypto.opened_keys import algorithms, lengths_taken, opened

SIGNATURES = algorithms(SIGN_VERIFY)
MESSAGE_TYPES = [(*pair, message_type) for pair in SIGNATURES for message_type in lengths_taken(pair[1])]
REFUSED_TYPES = [
    (*pair, message_type)
    for pair in SIGNATURES
    for message_type in (RAW, DIGEST, EXTERNAL_MU)
    if message_type not in lengths_taken(pair[1])
]
HASHED = [(*pair, length) for pair in SIGNATURES for length in lengths_taken(pair[1]).values() if length is not None]

RSA_SIGNATURE_LENGTHS = {"RSA_2048": 256, "RSA_3072": 384, "RSA_4096": 512}
FIXED_LENGTHS = RSA_SIGNATURE_LENGTHS | {
    "ECC_NIST_EDWARDS25519": 64,
    "ML_DSA_44": 2420,
    "ML_DSA_65": 3309,
    "ML_DSA_87": 4627,
}


def signing_key(spec: str, number: int = 0) -> SigningKey:
    key = opened(spec, number)
    assert isinstance(key, SigningKey)
    return key


def message_of(algorithm: str, message_type: str, content: bytes = b"message") -> bytes:
    length = lengths_taken(algorithm)[message_type]
    return content if length is None else (content * 64)[:length].ljust(length, b"\0")


@pytest.mark.parametrize(("spec", "algorithm", "message_type"), MESSAGE_TYPES)
def test_what_was_signed_is_verified_and_nothing_else(spec: str, algorithm: str, message_type: str) -> None:
    key, message = signing_key(spec), message_of(algorithm, message_type)
    signature = key.sign(algorithm, message_type, message)
    key.verify(algorithm, message_type, message, signature)
    for other_key, other_message, other_signature in (
        (key, message_of(algorithm, message_type, b"another"), signature),
        (signing_key(spec, 1), message, signature),
        (key, message, b""),
        (key, message, signature + b"\0"),
        (key, message, signature[:-1]),
        (key, message, bytes(len(signature))),
        (key, message, signature[:-1] + bytes((signature[-1] ^ 1,))),
    ):
        with pytest.raises(InvalidKeySignature, match=r"^$"):
            other_key.verify(algorithm, message_type, other_message, other_signature)


@pytest.mark.parametrize(("spec", "algorithm"), [pair for pair in SIGNATURES if len(lengths_taken(pair[1])) == 2])
def test_a_signature_of_another_message_type_is_refused(spec: str, algorithm: str) -> None:
    raw, hashed = lengths_taken(algorithm)
    key, message = signing_key(spec), message_of(algorithm, hashed)
    for signed_as, verified_as in ((raw, hashed), (hashed, raw)):
        with pytest.raises(InvalidKeySignature):
            key.verify(algorithm, verified_as, message, key.sign(algorithm, signed_as, message))


def test_ed25519ph_and_ed25519_do_not_verify_each_other() -> None:
    key, digest = signing_key("ECC_NIST_EDWARDS25519"), bytes(64)
    with pytest.raises(InvalidKeySignature):
        key.verify("ED25519_SHA_512", RAW, digest, key.sign("ED25519_PH_SHA_512", DIGEST, digest))
    with pytest.raises(InvalidKeySignature):
        key.verify("ED25519_PH_SHA_512", DIGEST, digest, key.sign("ED25519_SHA_512", RAW, digest))


@pytest.mark.parametrize(("spec", "algorithm"), [pair for pair in SIGNATURES if "RSA" in pair[1] or "ECDSA" in pair[1]])
def test_a_digest_is_not_hashed_again(spec: str, algorithm: str) -> None:
    """But for Ed25519ph, as at AWS. The digest of SM2 takes in the key's Z, which the standard's example tries."""
    key, digest = signing_key(spec), hashlib.new("sha" + algorithm[-3:], b"message").digest()
    key.verify(algorithm, RAW, b"message", key.sign(algorithm, DIGEST, digest))
    key.verify(algorithm, DIGEST, digest, key.sign(algorithm, RAW, b"message"))


@pytest.mark.parametrize(("spec", "algorithm", "message_type"), REFUSED_TYPES)
def test_message_type_that_the_algorithm_does_not_take(spec: str, algorithm: str, message_type: str) -> None:
    key = signing_key(spec)
    taker = f"key spec {spec}" if spec.startswith("ML_DSA") else f"algorithm {algorithm}"
    refusal = rf"^Message type {message_type} is incompatible with {taker}\.$"
    with pytest.raises(ValidationFailed, match=refusal):
        key.sign(algorithm, message_type, bytes(64))
    with pytest.raises(ValidationFailed, match=refusal):
        key.verify(algorithm, message_type, bytes(64), b"signature")


@pytest.mark.parametrize(("spec", "algorithm", "length"), HASHED)
def test_digest_of_another_length(spec: str, algorithm: str, length: int) -> None:
    key = signing_key(spec)
    message_type = EXTERNAL_MU if EXTERNAL_MU in lengths_taken(algorithm) else DIGEST
    what = "External Mu" if message_type == EXTERNAL_MU else "Digest"
    refusal = rf"^{what} is invalid length for algorithm {algorithm}\.$"
    for wrong in (0, length - 1, length + 1):
        with pytest.raises(ValidationFailed, match=refusal):
            key.sign(algorithm, message_type, bytes(wrong))
        with pytest.raises(ValidationFailed, match=refusal):
            key.verify(algorithm, message_type, bytes(wrong), b"signature")


@pytest.mark.parametrize(("spec", "algorithm", "message_type"), MESSAGE_TYPES)
def test_length_of_a_signature(spec: str, algorithm: str, message_type: str) -> None:
    signature = signing_key(spec).sign(algorithm, message_type, message_of(algorithm, message_type))
    if spec in FIXED_LENGTHS:
        assert len(signature) == FIXED_LENGTHS[spec]
    else:
        assert encode_dss_signature(*decode_dss_signature(signature)) == signature


@pytest.mark.parametrize(("spec", "algorithm"), [pair for pair in SIGNATURES if "RSA" in pair[0] or "ECC" in pair[0]])
def test_a_signature_of_another_algorithm_is_refused(spec: str, algorithm: str) -> None:
    key = signing_key(spec)
    for other_spec, other in SIGNATURES:
        if other_spec == spec and other != algorithm:
            types = [kind for kind in lengths_taken(algorithm) if kind in lengths_taken(other)]
            for message_type in types:
                signature = key.sign(algorithm, message_type, message_of(algorithm, message_type))
                with pytest.raises(InvalidKeySignature):
                    key.verify(other, message_type, message_of(other, message_type), signature)


@pytest.mark.parametrize("spec", ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"])
@pytest.mark.parametrize("message_type", [RAW, EXTERNAL_MU])
def test_ml_dsa_signs_with_fresh_randomness(spec: str, message_type: str) -> None:
    key, message = signing_key(spec), bytes(64)
    signatures = {key.sign("ML_DSA_SHAKE_256", message_type, message) for _ in range(8)}
    assert len(signatures) == 8


@pytest.mark.parametrize("spec", ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"])
def test_ml_dsa_takes_the_message_representative_of_a_message(spec: str) -> None:
    """FIPS 204, algorithm 7, line 6, with the empty context of algorithm 2."""
    key, message = signing_key(spec), b"message"
    public = key.public_bytes()[-{"ML_DSA_44": 1312, "ML_DSA_65": 1952, "ML_DSA_87": 2592}[spec] :]
    mu = hashlib.shake_256(hashlib.shake_256(public).digest(64) + b"\0\0" + message).digest(64)
    key.verify("ML_DSA_SHAKE_256", RAW, message, key.sign("ML_DSA_SHAKE_256", EXTERNAL_MU, mu))
    key.verify("ML_DSA_SHAKE_256", EXTERNAL_MU, mu, key.sign("ML_DSA_SHAKE_256", RAW, message))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.binary(max_size=300), flipped=st.integers(min_value=0))
@pytest.mark.parametrize(
    "spec", ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "ML_DSA_44"]
)
def test_any_message_is_signed_and_any_flipped_bit_refused(spec: str, message: bytes, flipped: int) -> None:
    key, algorithm = signing_key(spec), next(algorithm for of, algorithm in SIGNATURES if of == spec)
    signature = key.sign(algorithm, RAW, message)
    key.verify(algorithm, RAW, message, signature)
    bit = flipped % (8 * len(signature))
    tampered = bytearray(signature)
    tampered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidKeySignature):
        key.verify(algorithm, RAW, message, bytes(tampered))


@settings(max_examples=30, deadline=None)
@given(signature=st.binary(max_size=600))
@pytest.mark.parametrize(("spec", "algorithm"), SIGNATURES)
def test_bytes_that_are_no_signature_are_refused(spec: str, algorithm: str, signature: bytes) -> None:
    message_type = next(iter(lengths_taken(algorithm)))
    with pytest.raises(InvalidKeySignature, match=r"^$"):
        signing_key(spec).verify(algorithm, message_type, message_of(algorithm, message_type), signature)
