"""One value of every released form that archives have brought."""

from collections.abc import Mapping

from shared.backups import events as backups
from shared.backups.model import Backup
from shared.evolve import State

ARCHIVE = "ab" * 16
HOLDERS = ("ap-southeast-2", "eu-west-1")

BACKUP_EVENTS: Mapping[str, backups.BackupEvent] = {
    "event-180-backup-made": backups.BackupMade(ARCHIVE, 2, HOLDERS, (1, 3), 2),
    "event-181-backup-share-destroyed": backups.BackupShareDestroyed(ARCHIVE, "eu-west-1", b"proof"),
    "event-182-backup-expired": backups.BackupExpired(ARCHIVE, ("ap-southeast-2",)),
}
BACKUP_STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-backup": (
        3,
        Backup(ARCHIVE, 1_700_000_000_000, 2, HOLDERS, (1, 3), 2, ("eu-west-1",), 1_700_000_000_001),
        False,
    ),
}
