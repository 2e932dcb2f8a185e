"""A client's side of the import of key material, written from AWS's documentation with pyca/cryptography alone.

Source: AWS KMS Developer Guide, "Importing key material", step 3: RSAES-OAEP, and RSA-OAEP with AES-KWP (RFC 5649).
"""

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

_HASHES: dict[str, HashAlgorithm] = {"SHA_1": SHA1(), "SHA_256": SHA256()}  # noqa: S303


def wrap(algorithm: str, public: bytes, material: bytes, aes_key: bytes = bytes(range(32))) -> bytes:
    """`material` as ImportKeyMaterial takes it; `public` is the answer of GetParametersForImport."""
    digest = next(digest for name, digest in _HASHES.items() if algorithm.endswith(name))
    key, padding = load_der_public_key(public), OAEP(MGF1(digest), digest, None)
    assert isinstance(key, rsa.RSAPublicKey)
    if algorithm.startswith("RSAES_OAEP"):
        return key.encrypt(material, padding)
    return key.encrypt(aes_key, padding) + aes_key_wrap_with_padding(aes_key, material)
