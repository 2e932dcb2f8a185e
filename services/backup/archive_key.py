"""The key of one archive: fresh, split among holders, and put together again.

Owns its making, and which shares are taken. Nobody keeps the key: it is in shares before the archive is finished.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.backup.archive_file import ID_BYTES
from services.backup.faults import ArchiveFault
from services.backup.manifest import Manifest, ShareHolder
from services.backup.shares import Share
from shared.crypto.entropy import random_bytes
from shared.crypto.key_shares import KEY_BYTES, combine_key, commitment, is_committed, split_key
from shared.secrets import Secret


class ArchiveKey(NamedTuple):
    """`holders`: in the order of their places, which count from 1."""

    archive: str
    region: str
    key: Secret
    threshold: int
    holders: tuple[str, ...]
    shares: tuple[Secret, ...]

    def listed(self) -> tuple[ShareHolder, ...]:
        """As the manifest tells them."""
        return tuple(
            ShareHolder(name, commitment(self.archive, place, share))
            for place, (name, share) in enumerate(zip(self.holders, self.shares, strict=True), 1)
        )

    def handed_out(self) -> tuple[tuple[str, Share], ...]:
        """Which share goes to whom."""
        return tuple(
            (name, Share(self.archive, self.region, place, share))
            for place, (name, share) in enumerate(zip(self.holders, self.shares, strict=True), 1)
        )


def fresh_archive_key(region: str, holders: Sequence[str], threshold: int) -> ArchiveKey:
    """Errors: ValueError for a threshold that the holders cannot meet."""
    key = Secret(random_bytes(KEY_BYTES))
    shares = split_key(key, threshold, len(holders))
    return ArchiveKey(random_bytes(ID_BYTES).hex(), region, key, threshold, tuple(holders), shares)


def rejoined_key(manifest: Manifest, shares: Iterable[Share]) -> Secret:
    """The archive's key. Errors: ArchiveFault for a share that is false or of another archive, and for too few."""
    found: dict[int, Secret] = {}
    for share in shares:
        _require_true(manifest, share)
        found[share.place] = share.value
    if len(found) < manifest.threshold:
        holders = ", ".join(holder.name for holder in manifest.holders)
        needed = f"{manifest.threshold} shares of the archive's key are needed and {len(found)} given"
        raise ArchiveFault(f"{needed}; they are with: {holders}")
    return combine_key(dict(sorted(found.items())[: manifest.threshold]))


def _require_true(manifest: Manifest, share: Share) -> None:
    if share.archive != manifest.archive:
        raise ArchiveFault(f"share {share.place} is of archive {share.archive}, and this is {manifest.archive}")
    listed = manifest.holders[share.place - 1 : share.place]
    if not listed or not is_committed(listed[0].committed, share.archive, share.place, share.value):
        raise ArchiveFault(f"share {share.place} is not the one that was handed out")
