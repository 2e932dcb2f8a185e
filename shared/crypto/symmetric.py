"""Encryption under a symmetric key: one-use key, commitment, AES-256-GCM.

Owns what a blob is bound to and how it is opened. `docs/ciphertext.md` gives the derivation byte by byte. Sources: NIST
SP 800-108r1 section 4.1 (counter mode, HMAC-SHA256), NIST SP 800-38D (GCM).
"""

import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode

from shared.crypto.ciphertext_blob import (
    COMMITMENT_LENGTH,
    HEADER_LENGTH,
    NONCE_LENGTH,
    RESERVED,
    MaterialIdentity,
    encode_key_id,
    header_before_nonce,
    parse,
    split,
)
from shared.crypto.encryption_context import EncryptionContext, encode_context
from shared.crypto.entropy import random_bytes
from shared.errors import InvalidCiphertext
from shared.secrets import Secret

MATERIAL_LENGTH = 32

_KEY_LENGTH = 32
_LABEL = b"keytide/blob/1"
_HASH = SHA256()
_ONE_USE_NONCE = bytes(12)
"""GCM's own nonce. It may be fixed because its key is derived from 128 fresh random bits and seals one message only."""

_BINDING_VERSION = b"\x01"
_HEADER_SIZE = HEADER_LENGTH.to_bytes(4, "big")


def encrypt(material: Secret, identity: MaterialIdentity, plaintext: bytes, context: EncryptionContext) -> bytes:
    """Seal `plaintext` into a blob that only this material, identity and context open.

    Errors: ValueError for a malformed identity, context text or material (a fault of the caller's program);
    `entropy.EntropyFailed`.
    """
    return _encrypt_with_nonce(material, identity, plaintext, context, random_bytes(NONCE_LENGTH))


def decrypt(material: Secret, identity: MaterialIdentity, blob: bytes, context: EncryptionContext) -> bytes:
    """The plaintext of `blob`. Errors: InvalidCiphertext, the same and without a message for whatever is wrong."""
    try:
        return _decrypt(material, identity, blob, context)
    except (InvalidTag, ValueError):
        raise InvalidCiphertext from None


def _encrypt_with_nonce(
    material: Secret, identity: MaterialIdentity, plaintext: bytes, context: EncryptionContext, nonce: bytes
) -> bytes:
    """Only golden vectors choose a nonce: a repeated one would reuse a key."""
    before_nonce, fixed_fields = _encoded_identity(identity)
    header = b"%b%b%b" % (before_nonce, nonce, RESERVED)
    binding = _binding(header, fixed_fields, context)
    key, commitment = _derive(material, binding)
    return b"%b%b%b" % (header, commitment, AESGCM(key).encrypt(_ONE_USE_NONCE, plaintext, binding))


def _decrypt(material: Secret, identity: MaterialIdentity, blob: bytes, context: EncryptionContext) -> bytes:
    parse(blob)
    header, commitment, ciphertext = split(blob)
    binding = _binding(header, _encoded_identity(identity)[1], context)
    key, expected = _derive(material, binding)
    if not hmac.compare_digest(commitment, expected):
        raise InvalidCiphertext
    return AESGCM(key).decrypt(_ONE_USE_NONCE, ciphertext, binding)


def _derive(material: Secret, binding: bytes) -> tuple[bytes, bytes]:
    """A one-use GCM key and the tag that commits to it, to the header and to the context."""
    secret = material.reveal()
    if len(secret) != MATERIAL_LENGTH:
        # HMAC pads keys with zeros, so that keys of unlike length could be equal: one length is taken.
        raise ValueError("symmetric material has 32 bytes")
    derivation = KBKDFHMAC(
        _HASH,
        Mode.CounterMode,
        _KEY_LENGTH + COMMITMENT_LENGTH,
        4,
        4,
        CounterLocation.BeforeFixed,
        _LABEL,
        binding,
        None,
    )
    derived = derivation.derive(secret)
    return derived[:_KEY_LENGTH], derived[_KEY_LENGTH:]


def _binding(header: bytes, fixed_fields: bytes, context: EncryptionContext) -> bytes:
    """Everything a blob is bound to, injectively: the context of the derivation and the additional data of GCM."""
    return b"%b%b%b%b%b" % (_BINDING_VERSION, _HEADER_SIZE, header, fixed_fields, encode_context(context))


@lru_cache(maxsize=16_384)
def _encoded_identity(identity: MaterialIdentity) -> tuple[bytes, bytes]:
    """The header before the nonce, and the identity's own fields for the binding, each behind its length. No secret."""
    fields = (identity.account.encode(), bytes.fromhex(identity.material_id), encode_key_id(identity.born_key_id))
    return header_before_nonce(identity), b"".join(len(field).to_bytes(4, "big") + field for field in fields)
