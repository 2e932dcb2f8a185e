"""The answer to an attested recipient: CMS EnvelopedData (RFC 5652, section 6) as AWS KMS makes it.

Owns the bytes and the choice of the recipient's keys. One KeyTransRecipientInfo names the key by its identifier; the
content key travels under RSAES-OAEP with SHA-256 (RFC 8017), its parameters written out (RFC 4055, section 4.1); the
content is under AES-256-CBC with the padding of RFC 5652, section 6.3. CBC authenticates nothing: AWS's clients take no
other content encryption.

The outer structures have an indefinite length and the inner ones are DER, because the parser in AWS's enclave SDK
(aws/aws-nitro-enclaves-sdk-c, source/cms.c) takes just that mixture.
"""

import hashlib
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509 import ObjectIdentifier

from shared.crypto.entropy import random_bytes

KEY_SIZES = (2048, 3072, 4096)
"""Bits of a recipient's RSA key: those that AWS's enclave SDK makes."""

_KEY_LENGTH, _BLOCK_LENGTH = 32, 16
_VERSION = 2
"""Of both structures, because the recipient is named by a key identifier."""
_SEQUENCE, _EXPLICIT_0 = 0x30, 0xA0

_ENVELOPED_DATA = ObjectIdentifier("1.2.840.113549.1.7.3")
_DATA = ObjectIdentifier("1.2.840.113549.1.7.1")
_RSAES_OAEP = ObjectIdentifier("1.2.840.113549.1.1.7")
_MGF1 = ObjectIdentifier("1.2.840.113549.1.1.8")
_SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_AES256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")


@asn1.sequence
class _HashAlgorithm:
    algorithm: ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _MaskGeneration:
    algorithm: ObjectIdentifier
    parameters: _HashAlgorithm


@asn1.sequence
class _OaepParameters:
    hash_algorithm: Annotated[_HashAlgorithm, asn1.Explicit(0)]
    mask_generation: Annotated[_MaskGeneration, asn1.Explicit(1)]


@asn1.sequence
class _KeyEncryption:
    algorithm: ObjectIdentifier
    parameters: _OaepParameters


@asn1.sequence
class _KeyTransRecipientInfo:
    version: int
    key_identifier: Annotated[bytes, asn1.Implicit(0)]
    key_encryption: _KeyEncryption
    encrypted_key: bytes


@asn1.set
class _RecipientInfos:
    recipient: _KeyTransRecipientInfo


@asn1.sequence
class _ContentEncryption:
    algorithm: ObjectIdentifier
    initialization_vector: bytes


_HASH = _HashAlgorithm(algorithm=_SHA256, parameters=asn1.Null())
_OAEP = _KeyEncryption(
    algorithm=_RSAES_OAEP,
    parameters=_OaepParameters(
        hash_algorithm=_HASH, mask_generation=_MaskGeneration(algorithm=_MGF1, parameters=_HASH)
    ),
)


def recipient_key(public_key: bytes) -> RSAPublicKey:
    """The RSA key of a SubjectPublicKeyInfo (DER). Errors: ValueError for a key of another kind, size or encoding."""
    try:
        key = load_der_public_key(public_key)
    except UnsupportedAlgorithm as error:
        raise ValueError("the kind of the key is not known") from error
    if not isinstance(key, RSAPublicKey) or key.key_size not in KEY_SIZES:
        raise ValueError("the key is not RSA, or has another size")
    if _public_key_info(key) != public_key:
        raise ValueError("the key is not encoded as a SubjectPublicKeyInfo")
    return key


def seal(plaintext: bytes, key: RSAPublicKey) -> bytes:
    """`plaintext` for the holder of `key` and for nobody else."""
    content_key, vector = random_bytes(_KEY_LENGTH), random_bytes(_BLOCK_LENGTH)
    encrypted_key = key.encrypt(content_key, OAEP(MGF1(SHA256()), SHA256(), None))
    return enveloped(_key_identifier(key), encrypted_key, vector, _encrypted(plaintext, content_key, vector))


def enveloped(key_identifier: bytes, encrypted_key: bytes, initialization_vector: bytes, content: bytes) -> bytes:
    """The bytes of the EnvelopedData around what has been encrypted."""
    recipient = _KeyTransRecipientInfo(
        version=_VERSION, key_identifier=key_identifier, key_encryption=_OAEP, encrypted_key=encrypted_key
    )
    encryption = _ContentEncryption(algorithm=_AES256_CBC, initialization_vector=initialization_vector)
    encrypted_content = _indefinite(_EXPLICIT_0, asn1.encode_der(content))
    content_info = _indefinite(_SEQUENCE, asn1.encode_der(_DATA), asn1.encode_der(encryption), encrypted_content)
    recipients = asn1.encode_der(_RecipientInfos(recipient=recipient))
    data = _indefinite(_SEQUENCE, asn1.encode_der(_VERSION), recipients, content_info)
    return _indefinite(_SEQUENCE, asn1.encode_der(_ENVELOPED_DATA), _indefinite(_EXPLICIT_0, data))


def _indefinite(tag: int, *contents: bytes) -> bytes:
    """A constructed value whose end is marked (X.690, section 8.1.3.6)."""
    return bytes((tag, 0x80)) + b"".join(contents) + b"\x00\x00"


def _encrypted(plaintext: bytes, key: bytes, vector: bytes) -> bytes:
    padder = PKCS7(8 * _BLOCK_LENGTH).padder()
    encryptor = Cipher(AES256(key), CBC(vector)).encryptor()
    return encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()


def _key_identifier(key: RSAPublicKey) -> bytes:
    """The key's name, 32 bytes (RFC 7093, section 2, method 4)."""
    return hashlib.sha256(_public_key_info(key)).digest()


def _public_key_info(key: RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
