"""The token by which a node joins its region, once.

Owns its text and its check. A token is `ktj1.` and base64url of a msgpack array: the signed bytes and the Ed25519
signature of the node that made it. Signed is an array of format version, region, node, address of its channel,
certificate of its identity (DER, for the newcomer to believe), 32 random bytes, and its end in milliseconds since 1970.
Who shows a token must have got it from an operator, so it travels over TLS alone; the log knows it by a hash.
"""

import base64
import binascii
import hashlib
from typing import NamedTuple

import msgpack

from services.plain_fault import PlainFault
from shared.crypto.region_identity import RegionIdentity, verify_signature

FORMAT_VERSION = 1
PREFIX = "ktj1."
SECRET_LENGTH = 32
_LABEL = b"keytide/node-token"


class MalformedToken(PlainFault):
    """The text is no token, or not a whole one."""


class Token(NamedTuple):
    """`expires` is integer milliseconds since 1970, `address` the `host:port` of `node`'s channel."""

    region: str
    node: str
    address: str
    certificate: bytes
    secret: bytes
    expires: int

    @property
    def id(self) -> bytes:
        """What log and marks call it: 16 bytes of which nobody finds the token."""
        return hashlib.sha256(b"keytide/node-token-id" + self.secret).digest()[:16]


def encode_token(token: Token, identity: RegionIdentity) -> str:
    signed = bytes(msgpack.packb((FORMAT_VERSION, *token)))
    packed = msgpack.packb((signed, identity.sign(_LABEL + signed)))
    return PREFIX + base64.urlsafe_b64encode(packed).decode()


def decode_token(text: str) -> Token:
    """What the token says; whether it is good, `is_signed_by` tells who knows the region. Errors: MalformedToken."""
    return _taken_apart(text)[0]


def is_signed_by(text: str, identity: bytes) -> bool:
    """Whether the node with this identity (Ed25519, 32 bytes) has made the token. Errors: MalformedToken."""
    _, signed, signature = _taken_apart(text)
    return verify_signature(identity, _LABEL + signed, signature)


def _taken_apart(text: str) -> tuple[Token, bytes, bytes]:
    try:
        if not text.startswith(PREFIX):
            raise ValueError
        signed, signature = msgpack.unpackb(base64.urlsafe_b64decode(text.removeprefix(PREFIX)))
        version, *fields = msgpack.unpackb(signed)
        token = Token(*fields)
    except (ValueError, TypeError, binascii.Error, msgpack.UnpackException):
        raise MalformedToken("this is no token of keytide node token; copy the whole line") from None
    if version != FORMAT_VERSION or tuple(map(type, token)) != (str, str, str, bytes, bytes, int):
        raise MalformedToken("the token is of another version of Keytide: make one with the version that joins")
    return token, signed, signature
