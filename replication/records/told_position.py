"""A position as the region has told it: with a MAC, so that the region knows its own word again.

Owns the text that clients get, `<position>/<mac>`: the position as in `change_position.py`, and 32 hex digits, the
first 16 bytes of its HMAC-SHA-256 (RFC 2104) under a key of the region's alone. A receipt says under the region's
signature that a change is in a record; without the MAC, whoever asks for the receipt could say so in its place.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from replication.records.change_position import ChangePosition, parse_position
from shared.secrets import Secret

MAC_BYTES = 16
_LABEL = b"keytide/position/1"
_KEY_BYTES = 32


class ToldPositions:
    """Tells and knows the positions of one region. `record_key` authenticates the region's records."""

    def __init__(self, region: str, record_key: Secret) -> None:
        self.region = region
        self._keyed = HMAC(HKDFExpand(SHA256(), _KEY_BYTES, _LABEL).derive(record_key.reveal()), SHA256())

    def tell(self, position: ChangePosition) -> str:
        """The text for a client."""
        text = str(position)
        return f"{text}/{self._mac(text).hex()}"

    def read(self, text: str) -> ChangePosition:
        """A position that this region has told; one of another region is read, too, and not believed in anything.

        Errors: ValueError for what no region tells, InvalidSignature for what this region has not told.
        """
        position, mac = split_position(text)
        if position.region == self.region and not bytes_eq(mac, self._mac(str(position))):
            raise InvalidSignature
        return position

    def _mac(self, text: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(text.encode())
        return keyed.finalize()[:MAC_BYTES]


def split_position(text: str) -> tuple[ChangePosition, bytes]:
    """The position and its MAC, neither of them believed. Errors: ValueError."""
    place, _, mac = text.rpartition("/")
    if len(mac) != 2 * MAC_BYTES or mac != mac.lower():
        raise ValueError("not the position of a change")
    return parse_position(place), bytes.fromhex(mac)
