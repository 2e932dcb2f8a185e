"""The id of key material: the same for the same material under the same key, in every region and for ever.

Owns the derivation, HKDF-SHA256 (RFC 5869) keyed by the material:

    id = HKDF(ikm = material, salt = "keytide/material-id/1", info = account ‖ key id, each behind its length, L = 32)

The key id is that of the key under which the material was born. So a region that has lost the material, or never had
it, can tell whether what a client or a peer brings is the same: other material with this id needs a collision of
SHA-256. To who does not know the material the id is a pseudo-random number: it says nothing about material with the
entropy of a key. Who guesses can check a guess, so material made from a password is no safer than the password;
ciphertexts allow the same. The material is HKDF's input, not an HMAC key of another use: no id is a code that
GenerateMac could give.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.secrets import Secret

_LENGTH = 32
_SALT = b"keytide/material-id/1"


def material_id_of(account: str, born_key_id: str, material: Secret) -> str:
    """64 lowercase hex digits. `material` is in the canonical form of its key spec."""
    info = b"".join(len(name).to_bytes(4, "big") + name.encode() for name in (account, born_key_id))
    return HKDF(SHA256(), _LENGTH, _SALT, info).derive(material.reveal()).hex()
