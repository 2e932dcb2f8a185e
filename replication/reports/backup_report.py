"""The archives of a region, as its state tells of them.

Owns their reading, and which of them still open something that was destroyed. What is destroyed rests on keys, so that
an archive is in its way if it holds one of them, however old it is: with that key the region's log opens, too.
"""

from collections.abc import Iterator, Sequence

from replication.fold.erasing import SEALING, Remains
from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, Snapshot, row_key
from shared.backups.model import Backup
from shared.identifiers import BACKUP_PARTITION, backup_stream


def backups_in(snapshot: Snapshot) -> list[Backup]:
    """The oldest first."""
    return sorted(_backups(snapshot), key=lambda backup: (backup.made_at, backup.archive))


def backup_in(snapshot: Snapshot, archive: str) -> Backup | None:
    state = decode_row(snapshot.get(STREAMS, row_key(BACKUP_PARTITION, backup_stream(archive)))).state
    return state if isinstance(state, Backup) else None


def hindering(backups: Sequence[Backup], remains: Remains) -> Iterator[str]:
    """What each archive is in the way of: the remains open with a key that is in it."""
    for backup in backups:
        if _opens(backup, remains):
            holders = ", ".join(backup.remaining)
            yield f"archive {backup.archive} opens it; shares of its key are with {holders}: keytide backup expire"


def _opens(backup: Backup, remains: Remains) -> bool:
    if remains.bucket == SEALING:
        return backup.opens_sealed(remains.epoch)
    return backup.opens_domain(remains.bucket, remains.epoch)


def _backups(snapshot: Snapshot) -> Iterator[Backup]:
    prefix = row_key(BACKUP_PARTITION, backup_stream(""))
    for _, value in snapshot.scan(STREAMS, prefix, prefix):
        state = decode_row(value).state
        if isinstance(state, Backup):
            yield state
