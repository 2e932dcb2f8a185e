"""RSA private keys as clients write them, sound and unsound, in PKCS#8 DER."""

from math import lcm
from typing import Any, cast

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ObjectIdentifier

from shared.crypto.private_key_info import PrivateKeyInfo

CLOSE_PRIME = int(
    "e592fb09a6a3d1eda20ac4803e1be7bc7e6b17d09e411b06d8ea4103ec31a23542769dd3290556c6cc912bb76edaead10a3a1081832837529f"
    "c3ae3304a9fc7bc6356978fec136d3e48c7ffa6a2c53e8d3a8e1b238d3eb9d307720fd1bdddde84c9ccee2684bec27abf9b06b0607928ce8de"
    "5a0a28d17a6f002d79b942d594bb",
    16,
)
"""It and the number 6 above it are prime."""


@asn1.sequence
class OtherPrime:
    """RFC 8017, appendix A.1.2: OtherPrimeInfo."""

    prime: int
    exponent: int
    coefficient: int


@asn1.sequence
class RsaPrivateKey:
    """RFC 8017, appendix A.1.2: RSAPrivateKey."""

    version: int
    n: int
    e: int
    d: int
    p: int
    q: int
    dmp1: int
    dmq1: int
    iqmp: int
    others: list[OtherPrime] | None


@asn1.sequence
class Algorithm:
    """An AlgorithmIdentifier whose parameters are NULL."""

    algorithm: ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class RsaPrivateKeyInfo:
    """A PrivateKeyInfo of RSA."""

    version: int
    algorithm: Algorithm
    private_key: bytes


def rsa_private_info(p: int, q: int, e: int = 65537, /, **changed: object) -> bytes:
    """`changed`: numbers of RFC 8017 to write instead of the fitting ones."""
    d = pow(e, -1, lcm(p - 1, q - 1))
    numbers = {"version": 0, "n": p * q, "e": e, "d": d, "p": p, "q": q, "others": None}
    numbers |= {"dmp1": d % (p - 1), "dmq1": d % (q - 1), "iqmp": pow(q, -1, p)}
    key = RsaPrivateKey(**cast(dict[str, Any], numbers | changed))
    algorithm = Algorithm(algorithm=ObjectIdentifier("1.2.840.113549.1.1.1"), parameters=asn1.Null())
    return asn1.encode_der(RsaPrivateKeyInfo(version=0, algorithm=algorithm, private_key=asn1.encode_der(key)))


def primes(bits: int) -> tuple[int, int]:
    """The primes of a fresh key whose modulus has so many bits."""
    numbers = rsa.generate_private_key(65537, bits).private_numbers()
    return numbers.p, numbers.q


def with_private_key(encoded: bytes, private_key: bytes) -> bytes:
    """The PrivateKeyInfo `encoded` around another private key."""
    info = asn1.decode_der(PrivateKeyInfo, encoded)
    return asn1.encode_der(
        PrivateKeyInfo(
            version=info.version,
            algorithm=info.algorithm,
            private_key=private_key,
            attributes=info.attributes,
        )
    )
