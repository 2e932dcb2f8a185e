"""Every algorithm of every key spec: which published vectors try it, by the product's own functions and over the API.

A source is one of `sources.py`, or a file of Wycheproof (`wycheproof/table.py`). `missing` says why one of the two ways
has no vector that has to be taken. `test_coverage.py` holds all of it against what the tests run.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from tests.vectors.sources import SM2


class Coverage(NamedTuple):
    functions: tuple[str, ...]
    api: tuple[str, ...]
    missing: str = ""


_NOT_IMPORTED: Final = "AWS imports no keys of this spec, so that nobody's key but the region's own is there."
_OWN_FORM: Final = (
    "A ciphertext is a blob in the product's own form, under a key derived for it alone (docs/ciphertext.md): no vector"
    " but the product's own, tests/vectors/blob.json, has one. AES-256-GCM as it is serves keys in a cluster of HSMs."
)
_DIGESTS_ALONE: Final = (
    "The API takes digests of 64 bytes; the message of the RFC's one vector has 3. Its key is imported all the same,"
    " and signs a digest as the function does that gives the RFC's signature."
)
_NO_SALT: Final = "No published vector of this size and hash has a salt as long as the hash; all others are refused."
_PUBLIC_ALONE: Final = "The published vectors with a salt as long as the hash give public keys, and pairs are imported."

_PKCS1 = "NIST RSA PKCS #1"
_PKCS1_PUBLIC = "NIST RSA PKCS #1, public keys"
_PSS = "NIST RSA PSS"
_ECDSA = "NIST ECDSA"
_ECDSA_PUBLIC = "NIST ECDSA, public keys"
_RFC_6979 = "RFC 6979"
_LABORATORIES = "RSA Laboratories"

_PSS_COVERAGE: Final[Mapping[tuple[int, int], Coverage]] = {
    (2048, 256): Coverage((_PSS, "rsa_pss_2048_sha256_mgf1_32"), (_PSS,)),
    (2048, 384): Coverage((_PSS, "rsa_pss_2048_sha384_mgf1_48"), (_PSS,)),
    (2048, 512): Coverage((_PSS, "rsa_pss_misc"), (_PSS,)),
    (3072, 256): Coverage((_PSS, "rsa_pss_3072_sha256_mgf1_32"), (_PSS,)),
    (3072, 384): Coverage((_PSS,), (_PSS,)),
    (3072, 512): Coverage((), (), _NO_SALT),
    (4096, 256): Coverage(("rsa_pss_4096_sha256_mgf1_32",), (), _PUBLIC_ALONE),
    (4096, 384): Coverage(("rsa_pss_4096_sha384_mgf1_48",), (), _PUBLIC_ALONE),
    (4096, 512): Coverage(("rsa_pss_4096_sha512_mgf1_64",), (), _PUBLIC_ALONE),
}
_OAEP_COVERAGE: Final[Mapping[tuple[int, int], tuple[str, ...]]] = {
    (2048, 1): (_LABORATORIES, "rsa_oaep_2048_sha1_mgf1sha1", "rsa_oaep_misc"),
    (2048, 256): (_LABORATORIES, "rsa_oaep_2048_sha256_mgf1sha256", "rsa_oaep_misc"),
    (3072, 1): ("rsa_oaep_misc",),
    (3072, 256): ("rsa_oaep_3072_sha256_mgf1sha256", "rsa_oaep_misc"),
    (4096, 1): ("rsa_oaep_misc",),
    (4096, 256): ("rsa_oaep_4096_sha256_mgf1sha256", "rsa_oaep_misc"),
}


def _rsa() -> Iterator[tuple[tuple[str, str], Coverage]]:
    for (size, bits), coverage in _PSS_COVERAGE.items():
        pkcs1 = (_PKCS1, _PKCS1_PUBLIC, f"rsa_signature_{size}_sha{bits}")
        yield (f"RSA_{size}", f"RSASSA_PKCS1_V1_5_SHA_{bits}"), Coverage(pkcs1, (_PKCS1,))
        yield (f"RSA_{size}", f"RSASSA_PSS_SHA_{bits}"), coverage
    for (size, bits), sources in _OAEP_COVERAGE.items():
        yield (f"RSA_{size}", f"RSAES_OAEP_SHA_{bits}"), Coverage(sources, sources)


def _curves() -> Iterator[tuple[tuple[str, str], Coverage]]:
    for size, bits in ((256, 256), (384, 384), (521, 512)):
        signed = (_ECDSA, _RFC_6979)
        wycheproof = f"ecdsa_secp{size}r1_sha{bits}"
        agreed = ("NIST ECDH", f"ecdh_secp{size}r1")
        yield (f"ECC_NIST_P{size}", f"ECDSA_SHA_{bits}"), Coverage((*signed, _ECDSA_PUBLIC, wycheproof), signed)
        yield (f"ECC_NIST_P{size}", "ECDH"), Coverage(agreed, agreed)


def _lattices() -> Iterator[tuple[tuple[str, str], Coverage]]:
    for size in (44, 65, 87):
        files = (f"mldsa_{size}_verify", f"mldsa_{size}_sign_seed", f"mldsa_{size}_sign_noseed")
        coverage = Coverage(("ML-DSA known answers", *files), (), _NOT_IMPORTED)
        yield (f"ML_DSA_{size}", "ML_DSA_SHAKE_256"), coverage
    for size in (512, 768, 1024):
        sources = ("ML-KEM known answers", f"mlkem_{size}", f"mlkem_{size}_keygen_seed")
        yield (f"ML_KEM_{size}", "ML_KEM"), Coverage(sources, (), _NOT_IMPORTED)


def _codes() -> Iterator[tuple[tuple[str, str], Coverage]]:
    for bits in (224, 256, 384, 512):
        sources = ("RFC 4231", f"hmac_sha{bits}")
        yield (f"HMAC_{bits}", f"HMAC_SHA_{bits}"), Coverage(sources, sources)


_EDWARDS = "Ed25519's authors, RFC 8032"

COVERAGE: Final[Mapping[tuple[str, str], Coverage]] = {
    ("SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT"): Coverage(("aes_gcm",), (), _OWN_FORM),
    **dict(_rsa()),
    **dict(_curves()),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"): Coverage((_ECDSA, _ECDSA_PUBLIC, "ecdsa_secp256k1_sha256"), (_ECDSA,)),
    ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"): Coverage((_EDWARDS, "ed25519"), (_EDWARDS,)),
    ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512"): Coverage(("RFC 8032, Ed25519ph",), (), _DIGESTS_ALONE),
    **dict(_lattices()),
    **dict(_codes()),
    ("SM2", "SM2PKE"): Coverage((SM2,), (SM2,)),
    ("SM2", "SM2DSA"): Coverage((SM2,), (SM2,)),
    ("SM2", "ECDH"): Coverage((SM2,), (SM2,)),
}
"""(key spec, algorithm) -> what tries it."""
