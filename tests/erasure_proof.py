"""Whether anything that is kept anywhere still opens: every byte of every file against every key that is left.

Owns the search. A wrapped or sealed secret is found wherever it stands, in a log, a state, an adoption, a page that a
store has set free: at every offset of every file that its first bytes could be at. Each is tried with every domain key
and every sealing key of every region, for every binding that is asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgpack
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.root import Root
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.sealing import SealingKey
from shared.crypto.wrapped_secret import MalformedWrappedSecret, additional_data, decode_wrapped_secret

WRAPPED, SEALED = "wrapped", "sealed"
_WRAPPED_BEGINS, _SEALED_BEGINS = b"\x95\x01", b"\x93\x01"
LONGEST = 16_384


class Opened(NamedTuple):
    """Where something opened: the region whose directory holds it, how it was kept there, and what was in it."""

    region: str
    form: str
    secret: bytes


class SurvivingKeys(NamedTuple):
    """Every key of every region that its directory still gives, with the root."""

    domain: tuple[bytes, ...]
    sealing: tuple[SealingKey, ...]


def surviving_keys(folders: Mapping[str, Path], root: Root) -> SurvivingKeys:
    """Of every region. Whatever lies in the folder counts, listed or not."""
    domain: list[bytes] = []
    sealing: list[SealingKey] = []
    for region, folder in folders.items():
        keys = open_region_keys(folder / "keys", region, root)
        listed = {path.name for path in (folder / "keys" / region).iterdir()}
        assert {name for name in listed if name.startswith(("domain.", "sealing."))} <= set(keys.cabinet.names())
        domain += [key.reveal() for key in keys.domain_keys.held().values()]
        sealing += keys.sealing_keys.values()
    return SurvivingKeys(tuple(domain), tuple(sealing))


def opened(folders: Mapping[str, Path], keys: SurvivingKeys, bindings: Iterable[str]) -> set[Opened]:
    """All that opens under `keys` with one of `bindings`."""
    found: set[Opened] = set()
    for region, folder in folders.items():
        for form, candidate in candidates(folder):
            for binding in bindings:
                tried = _unwrapped(candidate, keys, binding) if form == WRAPPED else _unsealed(candidate, keys, binding)
                found |= {Opened(region, form, secret) for secret in tried}
    return found


def candidates(folder: Path) -> set[tuple[str, bytes]]:
    """Every byte string under `folder` that has the form of a wrapped or of a sealed secret."""
    return {found for content in contents(folder) for found in _candidates_in(content)}


def contents(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.read_bytes()


def holding(folders: Mapping[str, Path], plain: bytes) -> list[str]:
    """The regions whose files hold these bytes, in clear or in hexadecimal."""
    forms = (plain, plain.hex().encode())
    return [region for region, folder in folders.items() if any(f in c for c in contents(folder) for f in forms)]


def _candidates_in(content: bytes) -> Iterator[tuple[str, bytes]]:
    for form, begin in ((WRAPPED, _WRAPPED_BEGINS), (SEALED, _SEALED_BEGINS)):
        at = content.find(begin)
        while at >= 0:
            if (found := _array_at(content, at)) is not None and _has_form(form, found):
                yield form, found
            at = content.find(begin, at + 1)


def _array_at(content: bytes, at: int) -> bytes | None:
    unpacker = msgpack.Unpacker(max_buffer_size=0)
    unpacker.feed(content[at : at + LONGEST])
    try:
        unpacker.skip()
    except Exception:
        return None
    return content[at : at + unpacker.tell()]


def _has_form(form: str, candidate: bytes) -> bool:
    try:
        if form == WRAPPED:
            return bool(decode_wrapped_secret(candidate))
        version, number, sealed = msgpack.unpackb(candidate)
    except (MalformedWrappedSecret, ValueError, msgpack.UnpackException):
        return False
    return version == 1 and type(number) is int and type(sealed) is bytes and len(sealed) > 1_000


def _unwrapped(candidate: bytes, keys: SurvivingKeys, binding: str) -> Iterator[bytes]:
    """Under every key, whatever bucket and epoch it is said to be of."""
    bucket, epoch, nonce, sealed = decode_wrapped_secret(candidate)
    for key in keys.domain:
        try:
            yield AESGCM(key).decrypt(nonce, sealed, additional_data(bucket, epoch, binding))
        except (InvalidTag, ValueError):
            continue


def _unsealed(candidate: bytes, keys: SurvivingKeys, binding: str) -> Iterator[bytes]:
    for key in keys.sealing:
        try:
            yield key.open(candidate, binding).reveal()
        except SecretUnavailable:
            continue
