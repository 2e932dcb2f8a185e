"""A long content sealed chunk by chunk, so that neither end holds the whole of it.

Owns the construction STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", CRYPTO 2015), with the sizes and nonces that age gives it (C2SP, age.md, "Payload"):
chunks of 64 KiB, and a nonce of 12 bytes, which is the chunk's number in 11 and 1 for the last chunk, 0 for every
other. A chunk that is changed, moved, dropped or added does not open, and neither does an end that is cut off. The
cipher is AES-256-GCM (NIST SP 800-38D). The nonces are counted, so a key seals one content and never another.
"""

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.secrets import Secret

CHUNK_BYTES = 64 << 10
TAG_BYTES = 16
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
"""Of every chunk but the last, which may be shorter."""
_COUNTER_BYTES = 11


class StreamBroken(Exception):
    """A chunk is not what was sealed at its place under this key, or the last one is missing."""


class StreamSealer:
    """`key`: 32 bytes that seal nothing else. `binding`: what the chunks belong to; it is not in them."""

    def __init__(self, key: Secret, binding: bytes) -> None:
        self._cipher, self._binding = AESGCM(key.reveal()), binding
        self._count = 0
        self._waiting = bytearray()

    def take(self, content: bytes) -> Iterator[bytes]:
        """More of the content; gives the chunks that are full, sealed. One is always kept back: it may be the last."""
        self._waiting += content
        while len(self._waiting) > CHUNK_BYTES:
            chunk = bytes(self._waiting[:CHUNK_BYTES])
            del self._waiting[:CHUNK_BYTES]
            yield self._sealed(chunk, is_last=False)

    def finish(self) -> bytes:
        """The last chunk, sealed. Nothing may be taken afterwards."""
        return self._sealed(bytes(self._waiting), is_last=True)

    def _sealed(self, chunk: bytes, *, is_last: bool) -> bytes:
        nonce = _nonce(self._count, is_last=is_last)
        self._count += 1
        return self._cipher.encrypt(nonce, chunk, self._binding)


def opened_stream(key: Secret, binding: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content, chunk by chunk; `chunks` are the sealed ones, in their order.

    What was given before an error is authentic, and may be less than was sealed. Errors: StreamBroken.
    """
    cipher = AESGCM(key.reveal())
    former: bytes | None = None
    count = 0
    for chunk in chunks:
        if former is not None:
            yield _opened(cipher, former, count, binding, is_last=False)
            count += 1
        former = chunk
    if former is None:
        raise StreamBroken("there is no chunk at all")
    yield _opened(cipher, former, count, binding, is_last=True)


def _opened(cipher: AESGCM, chunk: bytes, count: int, binding: bytes, *, is_last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(count, is_last=is_last), chunk, binding)
    except (InvalidTag, ValueError):
        raise StreamBroken(f"chunk {count + 1} is not what was sealed there") from None


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(_COUNTER_BYTES, "big") + bytes((is_last,))
