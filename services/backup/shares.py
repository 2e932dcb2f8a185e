"""Shares of an archive's key, as they are handed out and kept.

Owns their two forms. A share in clear is for a person, and for whoever restores: text of one line, in groups of
letters and digits that can be printed and typed, with a checksum. A sealed share is for a peer region: HPKE to the
sealing key on its card (`shared/crypto/sealing.py`), bound to archive, region, holder and place. Lines that begin
with # say to people what the other line is.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgpack

from services.backup.faults import ArchiveFault
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.key_shares import KEY_BYTES, MOST_SHARES
from shared.crypto.region_card import RegionCard
from shared.crypto.sealing import SealingKey, seal, sealing_key_number
from shared.identifiers import ARCHIVE_PATTERN, REGION_PATTERN
from shared.secrets import Secret

CLEAR, SEALED = "keytide-share-1", "keytide-sealed-share-1"
_GROUP = 4
_CHECK_BYTES = 4


class Share(NamedTuple):
    """The share of place `place` of the key of `archive`, which `region` has made."""

    archive: str
    region: str
    place: int
    value: Secret


class SealedShare(NamedTuple):
    """The same, sealed to the region `holder`."""

    archive: str
    region: str
    place: int
    holder: str
    sealed: bytes


def encode_share(share: Share) -> str:
    """As a person keeps it: secret."""
    packed = msgpack.packb((share.archive, share.region, share.place, share.value.reveal()))
    letters = base64.b32encode(packed + _check(packed)).decode().rstrip("=")
    groups = " ".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))
    head = f"# Share {share.place} of the key of archive {share.archive}, {share.region}. Keep it secret."
    return f"{head}\n{CLEAR} {groups}\n"


def decode_share(text: str) -> Share:
    """Errors: ArchiveFault."""
    letters = "".join(_content(text, CLEAR).split()).upper()
    try:
        packed = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:  # also for what is no ASCII
        raise ArchiveFault("the share has letters or digits that none has: copy it again") from None
    body, check = packed[:-_CHECK_BYTES], packed[-_CHECK_BYTES:]
    if _check(body) != check:
        raise ArchiveFault("the share is not copied rightly: its checksum does not fit")
    match _unpacked(body):
        case (str() as archive, str() as region, int() as place, bytes() as value) if len(value) == KEY_BYTES:
            return Share(*_named(archive, region, place), Secret(value))
    raise ArchiveFault("this is no share of an archive's key")


def encode_sealed_share(share: SealedShare) -> str:
    head = f"# Share {share.place} of the key of archive {share.archive}, {share.region}, sealed to {share.holder}."
    return f"{head}\n{SEALED} {base64.b64encode(msgpack.packb(tuple(share))).decode()}\n"


def decode_sealed_share(text: str) -> SealedShare:
    """Errors: ArchiveFault."""
    try:
        packed = base64.b64decode(_content(text, SEALED), validate=True)
    except ValueError:
        raise ArchiveFault("this is no sealed share") from None
    match _unpacked(packed):
        case (str() as archive, str() as region, int() as place, str() as holder, bytes() as sealed):
            return SealedShare(*_named(archive, region, place), holder, sealed)
    raise ArchiveFault("this is no sealed share")


def seal_share(share: Share, card: RegionCard) -> SealedShare:
    """To the region of the card, and to nobody else."""
    sealed = seal(card.sealing_public, card.sealing_number, share.value, _binding(share, card.region))
    return SealedShare(share.archive, share.region, share.place, card.region, sealed)


def open_share(share: SealedShare, region: str, keys: Mapping[int, SealingKey]) -> Share:
    """`keys`: the sealing keys of `region`, by number. Errors: ArchiveFault."""
    try:
        key = keys[sealing_key_number(share.sealed)]
        return Share(*share[:3], key.open(share.sealed, _binding(share, region)))
    except (KeyError, SecretUnavailable):
        raise ArchiveFault(
            f"the share is sealed to {share.holder}, and does not open here under a sealing key that {region} still has"
        ) from None


def _binding(share: Share | SealedShare, holder: str) -> str:
    return f"archive-share/{share.archive}/{share.region}/{share.place}/{holder}"


def _content(text: str, kind: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first, _, rest = " ".join(lines).partition(" ")
    if first != kind:
        raise ArchiveFault(f"this is no share: one begins with {kind}")
    return rest.strip()


def _unpacked(packed: bytes) -> Any:
    try:
        return msgpack.unpackb(packed, use_list=False)
    except Exception:
        return None


def _named(archive: str, region: str, place: int) -> tuple[str, str, int]:
    if not ARCHIVE_PATTERN.fullmatch(archive) or not REGION_PATTERN.fullmatch(region) or not 1 <= place <= MOST_SHARES:
        raise ArchiveFault("the share names no archive that could be")
    return archive, region, place


def _check(packed: bytes) -> bytes:
    return hashlib.sha256(packed).digest()[:_CHECK_BYTES]
