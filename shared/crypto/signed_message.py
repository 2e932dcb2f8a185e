"""What Sign and Verify take as the message of each signing algorithm.

Owns the one table of message types and lengths. Source: AWS KMS API reference, Sign, MessageType.
"""

from collections.abc import Mapping

from shared.crypto.opened_key import DIGEST, EXTERNAL_MU, RAW
from shared.errors import ValidationFailed

_ANY_LENGTH = None
_HASHED_FAMILIES = ("RSASSA_PKCS1_V1_5", "RSASSA_PSS", "ECDSA")

TAKEN: Mapping[str, Mapping[str, int | None]] = {
    **{
        f"{family}_SHA_{bits}": {RAW: _ANY_LENGTH, DIGEST: bits // 8}
        for family in _HASHED_FAMILIES
        for bits in (256, 384, 512)
    },
    "ED25519_SHA_512": {RAW: _ANY_LENGTH},
    "ED25519_PH_SHA_512": {DIGEST: 64},
    "ML_DSA_SHAKE_256": {RAW: _ANY_LENGTH, EXTERNAL_MU: 64},
    "SM2DSA": {RAW: _ANY_LENGTH, DIGEST: 32},
}
"""Signing algorithm -> message type -> the length that the message must have, in bytes."""


_NAMES: Mapping[str, str] = {DIGEST: "Digest", EXTERNAL_MU: "External Mu"}


def require_message(algorithm: str, message_type: str, message: bytes, taker: str = "") -> None:
    """`taker`: what does not take a message type, where that is not the algorithm: AWS names the key spec of ML-DSA.

    Errors: ValidationFailed for a message type that `algorithm` does not take, or a message of a wrong length.
    """
    taken = TAKEN[algorithm]
    if message_type not in taken:
        raise ValidationFailed(f"Message type {message_type} is incompatible with {taker or f'algorithm {algorithm}'}.")
    length = taken[message_type]
    if length is not None and len(message) != length:
        raise ValidationFailed(f"{_NAMES[message_type]} is invalid length for algorithm {algorithm}.")
