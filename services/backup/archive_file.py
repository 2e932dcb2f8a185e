"""The file of an archive: a head, the sealed content, the manifest.

Owns the layout, byte by byte, and that both ends hold a chunk at a time. In order: `MAGIC`, the archive's id (16
bytes), the chunks of `shared/crypto/sealed_stream.py`, the encoded manifest, its length (4 bytes, big-endian). The
chunks' key is HKDF-SHA256 (RFC 5869) of the archive's key with the label and id; they are bound to all that stands
before them. The manifest comes last because it holds the hash of all that is before it.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.backup.faults import ArchiveFault
from services.backup.manifest import Manifest, decode_manifest, encode_manifest
from shared.crypto.sealed_stream import SEALED_BYTES, StreamBroken, StreamSealer, opened_stream
from shared.secrets import Secret

MAGIC = b"keytide archive\x01"
ID_BYTES = 16
HEAD_BYTES = len(MAGIC) + ID_BYTES
LENGTH_BYTES = 4
MANIFEST_MOST_BYTES = 16 << 20

Told = Callable[[int], None]
"""Told how many bytes are done."""


class ArchiveWriter:
    """Writes one archive into `file`. `archive`: its id, 32 hex digits; `key`: its key, 32 fresh bytes."""

    def __init__(self, file: BinaryIO, archive: str, key: Secret) -> None:
        self._file, self._hash, self.written = file, hashlib.sha256(), 0
        head = MAGIC + bytes.fromhex(archive)
        self._sealer = StreamSealer(_content_key(key, archive), head)
        self._write(head)

    def take(self, content: bytes) -> None:
        for chunk in self._sealer.take(content):
            self._write(chunk)

    def finish_content(self) -> bytes:
        """Write the last chunk; gives the hash of all that was written."""
        self._write(self._sealer.finish())
        return self._hash.digest()

    def finish(self, manifest: Manifest, sign: Callable[[bytes], bytes]) -> None:
        """Write the manifest; the file is durable when this returns."""
        encoded = encode_manifest(manifest, sign)
        self._write(encoded + len(encoded).to_bytes(LENGTH_BYTES, "big"))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.written += self._file.write(piece)


class ArchiveReader:
    """Reads one archive. Errors: ArchiveFault for what is none; OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._content_end, encoded = _end_of(file)
            file.seek(0)
            head = file.read(HEAD_BYTES)
        self.manifest = decode_manifest(encoded)
        self._head = MAGIC + bytes.fromhex(self.manifest.archive)
        if head != self._head or self._content_end != self.manifest.content_bytes:
            raise ArchiveFault(f"{path} is not whole: its parts do not belong together")

    def require_whole(self, told: Told = lambda _done: None) -> None:
        """Compare the content with the signed hash, before anything of it is opened. Errors: ArchiveFault."""
        running, done = hashlib.sha256(), 0
        with self.path.open("rb") as file:
            while piece := file.read(min(SEALED_BYTES, self._content_end - done)):
                running.update(piece)
                done += len(piece)
                told(done)
        if running.digest() != self.manifest.content_hash:
            raise ArchiveFault(f"{self.path} was altered or damaged: its content is not what {self._region} has signed")

    def content(self, key: Secret, told: Told = lambda _done: None) -> Iterator[bytes]:
        """The content, piece by piece. Errors: ArchiveFault."""
        chunks = self._chunks(told)
        try:
            yield from opened_stream(_content_key(key, self.manifest.archive), self._head, chunks)
        except StreamBroken as broken:
            raise ArchiveFault(f"{self.path} does not open: {broken}") from None

    def _chunks(self, told: Told) -> Iterator[bytes]:
        done = HEAD_BYTES
        with self.path.open("rb") as file:
            file.seek(HEAD_BYTES)
            while chunk := file.read(min(SEALED_BYTES, self._content_end - done)):
                done += len(chunk)
                told(done)
                yield chunk

    @property
    def _region(self) -> str:
        return self.manifest.region


def _end_of(file: BinaryIO) -> tuple[int, bytes]:
    """Where the content ends, and the encoded manifest behind it. Errors: ArchiveFault."""
    size = file.seek(0, os.SEEK_END)
    if size >= HEAD_BYTES + LENGTH_BYTES:
        file.seek(size - LENGTH_BYTES)
        length = int.from_bytes(file.read(LENGTH_BYTES), "big")
        start = size - LENGTH_BYTES - length
        if length <= MANIFEST_MOST_BYTES and start >= HEAD_BYTES:
            file.seek(start)
            return start, file.read(length)
    raise ArchiveFault("this is no archive, or its end is cut off or damaged")


def _content_key(key: Secret, archive: str) -> Secret:
    return Secret(HKDF(SHA256(), 32, bytes.fromhex(archive), b"keytide/archive/content").derive(key.reveal()))
