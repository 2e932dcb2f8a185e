"""Grant tokens: a grant's name, sealed so that its region alone can have made it and nobody else can read it.

Owns their form; `docs/ciphertext.md` gives it byte by byte. No state is kept: any worker of the region knows its own. A
token gives no permission, for a grant is in force at every node before it is answered; it names one, and shows that
CreateGrant was answered. Source of the sealing: RFC 5297 (AES-SIV), which takes no harm from a nonce drawn twice.
"""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from shared.crypto.entropy import random_bytes
from shared.errors import InvalidGrantToken
from shared.grants.commands import GrantName
from shared.grants.model import place_of
from shared.keys.commands import KeyName
from shared.secrets import Secret

VERSION = b"\x01"
NONCE_LENGTH = 16
KEY_LENGTH = 64
_TAG_LENGTH = 16
_LABEL = b"keytide/grant-token/1"


class GrantTokens:
    """Makes and reads the tokens of one region. `record_key` is the key that authenticates the region's records."""

    def __init__(self, region: str, record_key: Secret) -> None:
        self._region = region
        self._cipher = AESSIV(HKDFExpand(SHA256(), KEY_LENGTH, _LABEL).derive(record_key.reveal()))

    def issue(self, name: GrantName) -> str:
        """A token that nobody has seen before."""
        nonce = random_bytes(NONCE_LENGTH)
        place = place_of(name.key.account, name.key.key_id, name.grant_id).encode()
        return _encode(VERSION + nonce + self._cipher.encrypt(place, self._bound(nonce)))

    def read(self, token: str) -> GrantName:
        """The grant that the token names. Errors: InvalidGrantToken, the same for whatever is wrong."""
        try:
            content = _decode(token)
            nonce, sealed = content[1 : 1 + NONCE_LENGTH], content[1 + NONCE_LENGTH :]
            if content[:1] != VERSION or len(sealed) <= _TAG_LENGTH:
                raise ValueError("not of this form")
            place = self._cipher.decrypt(sealed, self._bound(nonce)).decode()
        except (InvalidTag, ValueError):
            raise InvalidGrantToken("The grant token is not valid.") from None
        account, key_id, grant_id = place.split("/")
        return GrantName(KeyName(self._region, account, key_id), grant_id)

    def _bound(self, nonce: bytes) -> list[bytes]:
        return [VERSION, self._region.encode(), nonce]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _decode(token: str) -> bytes:
    """Only the one text that `_encode` gives. Errors: ValueError."""
    content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    if _encode(content) != token:
        raise ValueError("another text for the same bytes")
    return content
