"""A client's side of the import of key material, written from AWS's documentation with pyca/cryptography alone.

Source: AWS KMS Developer Guide, "Importing key material", step 3: RSAES-OAEP, and RSA-OAEP with AES-KWP (RFC 5649).
"""

from typing import Any

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


def bring(kms: Any, spec: str, usage: str, material: bytes) -> str:
    """The id of a new key with this material: raw bytes, or a PKCS#8 private key in DER. `kms` is a client of boto3."""
    raw = spec == "SYMMETRIC_DEFAULT" or spec.startswith("HMAC_")
    algorithm = "RSAES_OAEP_SHA_256" if raw else "RSA_AES_KEY_WRAP_SHA_256"
    key_id = str(kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"])
    given = kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    kms.import_key_material(
        KeyId=key_id,
        ImportToken=given["ImportToken"],
        EncryptedKeyMaterial=wrap(algorithm, given["PublicKey"], material),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    return key_id
