"""What follows once a holder has destroyed a share: pure decisions on one archive.

Owns when an archive counts as expired: with the share after which fewer than `threshold` are left.
"""

from shared.backups.errors import UnknownHolder
from shared.backups.events import BackupEvent, BackupExpired, BackupShareDestroyed
from shared.backups.model import Backup


def note_share_destroyed(backup: Backup, holder: str, proof: bytes) -> tuple[BackupEvent, ...]:
    """Nothing for what is known. Errors: UnknownHolder."""
    if holder not in backup.holders:
        raise UnknownHolder(f"{holder} has been given no share of archive {backup.archive}")
    if holder in backup.destroyed:
        return ()
    gone = BackupShareDestroyed(backup.archive, holder, proof)
    if backup.can_lose(holder) or backup.expired_at:
        return (gone,)
    return gone, BackupExpired(backup.archive, tuple(one for one in backup.remaining if one != holder))
