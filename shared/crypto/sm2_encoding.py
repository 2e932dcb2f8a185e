"""The DER forms of SM2 keys and ciphertexts, which pyca does not read.

Owns those forms, and which points and scalars they may hold. Sources: GM/T 0009-2012 section 7 (ciphertext, in the
order C1 C3 C2), RFC 5480 and RFC 5915 (keys on a named curve), GB/T 32918.5 (the curve's parameters).
"""

from typing import Annotated, NamedTuple, TypeAlias

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

Point: TypeAlias = tuple[int, int]

FIELD = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = FIELD - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GENERATOR: Point = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
"""The curve y² = x³ + ax + b over the field, and what generates it."""

_EC_PUBLIC_KEY = ObjectIdentifier("1.2.840.10045.2.1")
_SM2_CURVE = ObjectIdentifier("1.2.156.10197.1.301")
_COORDINATE_LENGTH = _DIGEST_LENGTH = _SCALAR_LENGTH = 32
_UNCOMPRESSED = b"\x04"


class Sealed(NamedTuple):
    """C1, C3 and C2 of GB/T 32918.4."""

    point: Point
    digest: bytes
    body: bytes


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    curve: ObjectIdentifier


@asn1.sequence
class _PublicKeyInfo:
    algorithm: _Algorithm
    public_key: asn1.BitString


@asn1.sequence
class _PrivateKeyInfo:
    version: int
    algorithm: _Algorithm
    private_key: bytes
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]


@asn1.sequence
class _EcPrivateKey:
    version: int
    private_key: bytes
    curve: Annotated[ObjectIdentifier | None, asn1.Explicit(0)]
    public_key: Annotated[asn1.BitString | None, asn1.Explicit(1)]


@asn1.sequence
class _Ciphertext:
    x: int
    y: int
    digest: bytes
    body: bytes


_SM2_ALGORITHM = _Algorithm(algorithm=_EC_PUBLIC_KEY, curve=_SM2_CURVE)


def is_scalar(secret: bytes) -> bool:
    """Whether `secret` is a private key: 32 bytes, from 1 to order - 2 (GB/T 32918.1, section 6.1)."""
    return len(secret) == _SCALAR_LENGTH and 1 <= int.from_bytes(secret, "big") <= ORDER - 2


def coordinates(point: Point) -> bytes:
    """64 bytes: x, then y."""
    return b"".join(coordinate.to_bytes(_COORDINATE_LENGTH, "big") for coordinate in point)


def public_info(point: Point) -> bytes:
    """DER SubjectPublicKeyInfo."""
    info = _PublicKeyInfo(algorithm=_SM2_ALGORITHM, public_key=_bits(point))
    return asn1.encode_der(info)


def read_public_info(encoded: bytes) -> Point:
    """Errors: ValueError for what is no point of the curve in DER SubjectPublicKeyInfo."""
    info = asn1.decode_der(_PublicKeyInfo, encoded)
    _require_sm2(info.algorithm)
    return _point(info.public_key)


def private_info(scalar: bytes, point: Point) -> bytes:
    """PKCS#8 DER, with the public key inside."""
    key = _EcPrivateKey(version=1, private_key=scalar, curve=None, public_key=_bits(point))
    info = _PrivateKeyInfo(version=0, algorithm=_SM2_ALGORITHM, private_key=asn1.encode_der(key), attributes=None)
    return asn1.encode_der(info)


def read_private_info(encoded: bytes) -> tuple[bytes, Point | None]:
    """The scalar (32 bytes, from 1 to order - 2), and the public key where it stands beside it.

    Errors: ValueError for what is no private key of the curve in PKCS#8 DER.
    """
    info = asn1.decode_der(_PrivateKeyInfo, encoded)
    key = asn1.decode_der(_EcPrivateKey, info.private_key)
    _require_sm2(info.algorithm)
    if (info.version, key.version) != (0, 1) or key.curve not in (None, _SM2_CURVE):
        raise ValueError("not a PKCS#8 private key on a named curve")
    if not is_scalar(key.private_key):
        raise ValueError("not a private key of SM2")
    return key.private_key, None if key.public_key is None else _point(key.public_key)


def ciphertext(sealed: Sealed) -> bytes:
    """DER, C1 C3 C2."""
    return asn1.encode_der(_Ciphertext(x=sealed.point[0], y=sealed.point[1], digest=sealed.digest, body=sealed.body))


def read_ciphertext(encoded: bytes) -> Sealed:
    """Errors: ValueError for what is no ciphertext in DER, or does not begin with a point of the curve."""
    read = asn1.decode_der(_Ciphertext, encoded)
    point = read.x, read.y
    _require_on_curve(point)
    if len(read.digest) != _DIGEST_LENGTH or not read.body:
        raise ValueError("not a ciphertext of SM2")
    return Sealed(point, read.digest, read.body)


def _require_sm2(algorithm: _Algorithm) -> None:
    if (algorithm.algorithm, algorithm.curve) != (_EC_PUBLIC_KEY, _SM2_CURVE):
        raise ValueError("not a key of SM2")


def _bits(point: Point) -> asn1.BitString:
    return asn1.BitString(data=_UNCOMPRESSED + coordinates(point), padding_bits=0)


def _point(bits: asn1.BitString) -> Point:
    encoded = bits.as_bytes()
    if bits.padding_bits() or len(encoded) != 1 + 2 * _COORDINATE_LENGTH or encoded[:1] != _UNCOMPRESSED:
        raise ValueError("not an uncompressed point")
    x, y = encoded[1 : 1 + _COORDINATE_LENGTH], encoded[1 + _COORDINATE_LENGTH :]
    point = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    _require_on_curve(point)
    return point


def _require_on_curve(point: Point) -> None:
    x, y = point
    if not (0 <= x < FIELD and 0 <= y < FIELD and (y * y - (x**3 + A * x + B)) % FIELD == 0):
        raise ValueError("not a point of the curve")
