"""Data key pairs: made for a client, held by nobody else.

Owns which specs there are, and the two encodings that GenerateDataKeyPair gives. Source: AWS KMS API reference,
GenerateDataKeyPair.
"""

from typing import NamedTuple, Protocol, runtime_checkable

from shared.crypto.key_material import generate_material, open_key
from shared.crypto.opened_key import PublicHalf
from shared.secrets import Secret


class KeyPair(NamedTuple):
    """DER: PKCS#8 (ML-KEM in the seed form of RFC 9935), and SubjectPublicKeyInfo."""

    private: Secret
    public: bytes


@runtime_checkable
class _WholePair(PublicHalf, Protocol):
    """Every opened key of `SPECS`."""

    def private_bytes(self) -> Secret:
        """PKCS#8 DER, not encrypted."""


SPECS = frozenset(
    {
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "ECC_NIST_EDWARDS25519",
        "ML_KEM_512",
        "ML_KEM_768",
        "ML_KEM_1024",
        "SM2",
    }
)
"""The values of DataKeyPairSpec."""


def generate_key_pair(spec: str) -> KeyPair:
    """A fresh pair of a spec of `SPECS`. RSA takes some hundred milliseconds, and lets other threads run.

    Errors: UnsupportedOperation for SM2 without its packages; ValueError for a spec without pairs; EntropyFailed.
    """
    key = open_key(spec, generate_material(spec))
    if not isinstance(key, _WholePair):
        raise ValueError(f"{spec} is no spec of a data key pair")
    return KeyPair(key.private_bytes(), key.public_bytes())
