"""RSA keys: encryption with OAEP, signatures with PKCS #1 v1.5 and PSS.

Owns the canonical secret of the RSA key specs, PKCS#8 DER whose numbers follow from the primes and the public exponent
alone, and what can be done with it. Whatever takes long here lets other threads run. Sources: RFC 8017 (the schemes),
FIPS 186-5 appendix A.1.1 (what a sound key is).
"""

from collections.abc import Mapping
from math import lcm
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm

from shared.crypto.opened_key import DIGEST
from shared.crypto.private_key_info import private_der, public_der, read_foreign_private, read_own_private
from shared.crypto.signed_message import require_message
from shared.errors import InvalidCiphertext, InvalidKeySignature, ValidationFailed
from shared.secrets import Secret

SIZES: Mapping[str, int] = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
"""Key spec -> bits of the modulus."""

_PUBLIC_EXPONENT = 65537
_EXPONENT_BOUND = 2**64
"""OpenSSL takes no greater public exponent where the modulus has more than 3072 bits."""

_LEADING_BITS = 100
"""The primes differ in one of so many leading bits: else Fermat's method finds them."""


class _Scheme(NamedTuple):
    padding: AsymmetricPadding
    digest: HashAlgorithm


def _pss(digest: HashAlgorithm) -> _Scheme:
    return _Scheme(PSS(MGF1(digest), digest.digest_size), digest)


_SCHEMES: Mapping[str, _Scheme] = {
    "RSASSA_PKCS1_V1_5_SHA_256": _Scheme(PKCS1v15(), SHA256()),
    "RSASSA_PKCS1_V1_5_SHA_384": _Scheme(PKCS1v15(), SHA384()),
    "RSASSA_PKCS1_V1_5_SHA_512": _Scheme(PKCS1v15(), SHA512()),
    "RSASSA_PSS_SHA_256": _pss(SHA256()),
    "RSASSA_PSS_SHA_384": _pss(SHA384()),
    "RSASSA_PSS_SHA_512": _pss(SHA512()),
}
_OAEP_HASHES: Mapping[str, HashAlgorithm] = {"RSAES_OAEP_SHA_1": SHA1(), "RSAES_OAEP_SHA_256": SHA256()}  # noqa: S303


class RsaPublicKey:
    """What takes no secret."""

    def __init__(self, spec: str, public: rsa.RSAPublicKey) -> None:
        self._spec = spec
        self._public = public

    def public_bytes(self) -> bytes:
        return public_der(self._public)

    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
        padding, digest = _scheme(algorithm, message_type, message)
        try:
            self._public.verify(signature, message, padding, digest)
        except InvalidSignature:
            raise InvalidKeySignature from None

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        most = SIZES[self._spec] // 8 - 2 * _OAEP_HASHES[algorithm].digest_size - 2
        if len(plaintext) > most:
            subject = f"Algorithm {algorithm} and key spec {self._spec}"
            raise ValidationFailed(f"{subject} cannot encrypt data larger than {most} bytes.")
        return self._public.encrypt(plaintext, _oaep(algorithm))


class RsaKey(RsaPublicKey):
    """A SigningKey and an EncryptionKey (`shared/crypto/opened_key.py`)."""

    def __init__(self, spec: str, private: rsa.RSAPrivateKey) -> None:
        super().__init__(spec, private.public_key())
        self._private = private

    def private_bytes(self) -> Secret:
        return private_der(self._private)

    def sign(self, algorithm: str, message_type: str, message: bytes) -> bytes:
        padding, digest = _scheme(algorithm, message_type, message)
        return self._private.sign(message, padding, digest)

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        try:
            return self._private.decrypt(ciphertext, _oaep(algorithm))
        except ValueError:
            raise InvalidCiphertext from None


def generate(spec: str) -> Secret:
    """The canonical secret of a fresh key. Takes some hundred milliseconds of a core."""
    return private_der(rsa.generate_private_key(_PUBLIC_EXPONENT, SIZES[spec]))


def open_key(spec: str, secret: Secret) -> RsaKey:
    """Errors: ValueError for what is no canonical secret of `spec`."""
    return RsaKey(spec, _of(spec, read_own_private(secret)))


def imported(spec: str, decoded: bytes) -> Secret:
    """The canonical secret of a PKCS#8 key. Errors: ValueError for what is no sound key of `spec`."""
    numbers = _of(spec, read_foreign_private(decoded)).private_numbers()
    _require_sound(SIZES[spec], numbers)
    return private_der(_canonical(numbers).private_key(unsafe_skip_rsa_key_validation=True))


def _scheme(algorithm: str, message_type: str, message: bytes) -> tuple[AsymmetricPadding, HashAlgorithm | Prehashed]:
    require_message(algorithm, message_type, message)
    padding, digest = _SCHEMES[algorithm]
    return padding, Prehashed(digest) if message_type == DIGEST else digest


def _oaep(algorithm: str) -> OAEP:
    """One hash for all, and the empty label (AWS KMS Developer Guide, "RSA key specs")."""
    digest = _OAEP_HASHES[algorithm]
    return OAEP(MGF1(digest), digest, None)


def _of(spec: str, private: object) -> rsa.RSAPrivateKey:
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size != SIZES[spec]:
        raise ValueError(f"not a key of {spec}")
    return private


def _require_sound(size: int, numbers: rsa.RSAPrivateNumbers) -> None:
    """That the primes are prime, and the other numbers fit them, the reader has proven. Errors: ValueError."""
    half = size // 2
    if not _PUBLIC_EXPONENT <= numbers.public_numbers.e < _EXPONENT_BOUND:
        raise ValueError("the public exponent is too small or too great")
    if {numbers.p.bit_length(), numbers.q.bit_length()} != {half}:
        raise ValueError("the primes are not of the same size")
    if abs(numbers.p - numbers.q).bit_length() <= half - _LEADING_BITS:
        raise ValueError("the primes are too close to each other")


def _canonical(numbers: rsa.RSAPrivateNumbers) -> rsa.RSAPrivateNumbers:
    """The greater prime first, and the least private exponent: clients write the same key in several ways."""
    p, q = max(numbers.p, numbers.q), min(numbers.p, numbers.q)
    d = pow(numbers.public_numbers.e, -1, lcm(p - 1, q - 1))
    dmp1, dmq1, iqmp = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, numbers.public_numbers)
