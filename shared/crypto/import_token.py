"""What an import token holds: the private half of its wrapping key, for what it may be used, and until when.

Owns the encoding, a msgpack array of format version, wrapping algorithm, end of validity (integer ms) and private key
(PKCS#8 DER). The region wraps it like every secret, bound to the key: it is good for that key, in that region, at every
node and after every restart, and nobody has to remember it. A token for RSA_4096 takes about 2,500 bytes.
"""

from typing import NamedTuple

import msgpack

from shared.secrets import Secret

FORMAT_VERSION = 1


class ImportToken(NamedTuple):
    algorithm: str
    valid_to: int
    private: Secret


def encode_token(token: ImportToken) -> Secret:
    return Secret(msgpack.packb((FORMAT_VERSION, token.algorithm, token.valid_to, token.private.reveal())))


def decode_token(encoded: Secret) -> ImportToken:
    """Read what `encode_token` wrote. Errors: ValueError."""
    try:
        version, algorithm, valid_to, private = msgpack.unpackb(encoded.reveal())
    except Exception:
        raise ValueError("not an import token") from None
    if version != FORMAT_VERSION or tuple(map(type, (algorithm, valid_to, private))) != (str, int, bytes):
        raise ValueError("not an import token of a known version")
    return ImportToken(algorithm, valid_to, Secret(private))
