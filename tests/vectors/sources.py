"""The one table of the published vectors with their keys: what reads them, how many there are, and over the API.

An import takes some hundred milliseconds, so that of sources with many keys the first of each key spec are imported.
`OTHERS` are the sources that a test of their own reads.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, NamedTuple

import pytest

from tests.vectors import published_secrets, published_signatures, published_sm2
from tests.vectors.published import Agreed, Coded, Encrypted, Signed, Vector

ALL: Final = 1_000_000
SM2: Final = "SM2"


class Source(NamedTuple, Generic[Vector]):
    """`keys`: so many keys of a key spec are imported over the API at most, and have `over_api` vectors."""

    read: Callable[[], Iterable[Vector]]
    vectors: int
    keys: int
    over_api: int


SIGNED: Final[Mapping[str, Source[Signed]]] = {
    "NIST RSA PKCS #1": Source(published_signatures.nist_rsa_pkcs1, 90, ALL, 90),
    "NIST RSA PSS": Source(published_signatures.nist_rsa_pss, 150, 4, 90),
    "NIST ECDSA": Source(published_signatures.nist_ecdsa, 270, 5, 20),
    "RFC 6979": Source(published_signatures.rfc_6979_ecdsa, 6, ALL, 6),
    "Ed25519's authors, RFC 8032": Source(published_signatures.ed25519_of_its_authors, 1024, 20, 19),
    SM2: Source(lambda: published_sm2.SIGNED, 3, ALL, 3),
}
"""Of Ed25519's, the first has an empty message, which the API does not take."""

ENCRYPTED: Final[Mapping[str, Source[Encrypted]]] = {
    "RSA Laboratories": Source(published_secrets.rsa_oaep, 66, ALL, 66),
    SM2: Source(lambda: published_sm2.ENCRYPTED, 2, ALL, 2),
}
AGREED: Final[Mapping[str, Source[Agreed]]] = {
    "NIST ECDH": Source(published_secrets.nist_ecdh, 144, 8, 24),
    SM2: Source(lambda: published_sm2.AGREED, 2, ALL, 2),
}
CODED: Final[Mapping[str, Source[Coded]]] = {"RFC 4231": Source(published_secrets.rfc_4231, 24, ALL, 24)}

OTHERS: Final[Mapping[str, str]] = {
    "NIST RSA PKCS #1, public keys": "test_signature_vectors.test_nist_rsa_pkcs1",
    "NIST ECDSA, public keys": "test_signature_vectors.test_nist_ecdsa",
    "RFC 8032, Ed25519ph": "test_signature_vectors.test_ed25519ph_of_rfc_8032",
    "ML-DSA known answers": "test_signature_vectors.test_ml_dsa_known_answers",
    "ML-KEM known answers": "test_key_vectors.test_ml_kem_known_answers",
    "NIST AES-KWP": "test_wrapping_vectors.test_nist_aes_kwp",
}
"""Source -> the test that reads it."""


def require_packages(source: str) -> None:
    """Skip the test, loudly, where what computes with the source's keys is not installed."""
    if source == SM2:
        reason = "SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed"
        pytest.importorskip("gmssl_pyx", reason=reason)
