"""The one table from key specs to secrets: how the secret of each is made, opened, and taken from a client.

Owns the table. A key spec has one canonical form of its secret, so that importing the same key twice gives the same
bytes; `docs/keys.md` lists the forms.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

from shared.crypto import edwards, elliptic, mac, ml_dsa, ml_kem, rsa
from shared.crypto.entropy import random_bytes
from shared.crypto.opened_key import OpenedKey
from shared.crypto.symmetric import MATERIAL_LENGTH
from shared.errors import IncorrectKeyMaterial, UnsupportedOperation
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.secrets import Secret


class _Kind(NamedTuple):
    """What one family of key specs does with a secret."""

    generate: Callable[[str], Secret]
    open_key: Callable[[str, Secret], OpenedKey]
    imported: Callable[[str, bytes], Secret] | None = None
    """None where no client may bring the secret."""


def _without_packages(*_arguments: object) -> NoReturn:
    raise UnsupportedOperation("KeySpec SM2 needs packages that are not installed: install Keytide with its extra sm2.")


def _sm2_kind() -> _Kind:
    """SM2's packages are an extra: whoever does without them misses nothing else."""
    try:
        from shared.crypto import sm2
    except ImportError:
        return _Kind(_without_packages, _without_packages, _without_packages)
    return _Kind(sm2.generate, sm2.open_key, sm2.imported)


def _generate_symmetric(_spec: str) -> Secret:
    return Secret(random_bytes(MATERIAL_LENGTH))


def _open_symmetric(spec: str, _secret: Secret) -> OpenedKey:
    raise ValueError(f"{spec}: shared/crypto/symmetric.py takes the material as it is")


def _imported_symmetric(spec: str, decoded: bytes) -> Secret:
    if len(decoded) != MATERIAL_LENGTH:
        raise ValueError(f"not a key of {spec}")
    return Secret(decoded)


_KINDS: Mapping[str, _Kind] = {
    SYMMETRIC_DEFAULT: _Kind(_generate_symmetric, _open_symmetric, _imported_symmetric),
    **dict.fromkeys(rsa.SIZES, _Kind(rsa.generate, rsa.open_key, rsa.imported)),
    **dict.fromkeys(elliptic.CURVES, _Kind(elliptic.generate, elliptic.open_key, elliptic.imported)),
    edwards.SPEC: _Kind(edwards.generate, edwards.open_key, edwards.imported),
    **dict.fromkeys(ml_dsa.PARAMETER_SETS, _Kind(ml_dsa.generate, ml_dsa.open_key)),
    **dict.fromkeys(ml_kem.SPECS, _Kind(ml_kem.generate, ml_kem.open_key)),
    "SM2": _sm2_kind(),
    **dict.fromkeys(mac.KEY_LENGTHS, _Kind(mac.generate, mac.open_key, mac.imported)),
}

IMPORTABLE = frozenset(spec for spec, kind in _KINDS.items() if kind.imported)
"""The key specs that may have the origin EXTERNAL."""


def generate_material(spec: str) -> Secret:
    """The canonical secret of a fresh key. Errors: `entropy.EntropyFailed`."""
    return _KINDS[spec].generate(spec)


def open_key(spec: str, secret: Secret) -> OpenedKey:
    """What can be done with a canonical secret of `spec`, which is any but SYMMETRIC_DEFAULT.

    Errors: ValueError for what is no canonical secret of `spec` (a fault of the caller's program).
    """
    return _KINDS[spec].open_key(spec, secret)


def imported_material(spec: str, decoded: bytes) -> Secret:
    """The canonical secret of what a client imports, once unwrapped: raw bytes, or a PKCS#8 private key in DER.

    Errors: IncorrectKeyMaterial for what is no sound key of exactly `spec`, the answer of AWS's ImportKeyMaterial;
    UnsupportedOperation for a key spec without imported material (CreateKey has refused it before).
    """
    imported = _KINDS[spec].imported
    if imported is None:
        raise UnsupportedOperation(f"KeySpec {spec} does not support imported key material.")
    try:
        return imported(spec, decoded)
    except ValueError:
        raise IncorrectKeyMaterial(f"The key material is not valid for key spec {spec}.") from None
