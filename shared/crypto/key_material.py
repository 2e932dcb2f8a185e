"""The one table from key specs to secrets: how the secret of each is made, opened, and taken from a client.

Owns the table. A key spec has one canonical form of its secret, so that importing the same key twice gives the same
bytes; `docs/keys.md` lists the forms.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from shared.crypto import elliptic, mac
from shared.crypto.entropy import random_bytes
from shared.crypto.opened_key import OpenedKey
from shared.crypto.symmetric import MATERIAL_LENGTH
from shared.errors import IncorrectKeyMaterial, UnsupportedOperation
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.secrets import Secret


class _Kind(NamedTuple):
    """What one family of key specs does with a secret; `imported` is None where no client may bring one."""

    generate: Callable[[str], Secret]
    open_key: Callable[[str, Secret], OpenedKey] | None
    imported: Callable[[str, bytes], Secret] | None


def _generate_symmetric(_spec: str) -> Secret:
    return Secret(random_bytes(MATERIAL_LENGTH))


def _imported_symmetric(spec: str, decoded: bytes) -> Secret:
    if len(decoded) != MATERIAL_LENGTH:
        raise IncorrectKeyMaterial(f"The key material of a key with key spec {spec} has {MATERIAL_LENGTH} bytes.")
    return Secret(decoded)


def _all(specs: Iterable[str], kind: _Kind) -> dict[str, _Kind]:
    return dict.fromkeys(specs, kind)


_KINDS: Mapping[str, _Kind] = {
    SYMMETRIC_DEFAULT: _Kind(_generate_symmetric, None, _imported_symmetric),
    **_all(elliptic.CURVES, _Kind(elliptic.generate, elliptic.open_key, elliptic.imported)),
    **_all(mac.KEY_LENGTHS, _Kind(mac.generate, mac.open_key, mac.imported)),
}

IMPORTABLE = frozenset(spec for spec, kind in _KINDS.items() if kind.imported is not None)
"""The key specs that may have the origin EXTERNAL."""


def generate_material(spec: str) -> Secret:
    """The canonical secret of a fresh key. Errors: `entropy.EntropyFailed`."""
    return _KINDS[spec].generate(spec)


def open_key(spec: str, secret: Secret) -> OpenedKey:
    """What can be done with a secret of every key spec but SYMMETRIC_DEFAULT (`shared/crypto/symmetric.py` has that).

    Errors: ValueError for what is no canonical secret of `spec` (a fault of the caller's program).
    """
    opening = _KINDS[spec].open_key
    if opening is None:
        raise ValueError(f"a {spec} key is not opened: its material encrypts as it is")
    return opening(spec, secret)


def imported_material(spec: str, decoded: bytes) -> Secret:
    """The canonical secret of what a client imports, once unwrapped: raw bytes, or a PKCS#8 private key in DER.

    Errors: IncorrectKeyMaterial for what is no sound key of exactly `spec`, as AWS's ImportKeyMaterial answers;
    UnsupportedOperation for a key spec without imported material (CreateKey has refused it before).
    """
    importing = _KINDS[spec].imported
    if importing is None:
        raise UnsupportedOperation(f"KeySpec {spec} does not support imported key material")
    return importing(spec, decoded)
