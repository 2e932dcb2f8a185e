"""What events make of a region's knowledge of its archives: the folds. What is told of an unknown archive is a broken
history; what was told before changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.backups.events import BackupExpired, BackupMade, BackupShareDestroyed
from shared.backups.model import Backup
from shared.fold import BrokenHistory, Fold


def _made(state: object, event: BackupMade, fold: Fold) -> Backup:
    return state if isinstance(state, Backup) else Backup(event[0], fold.time, *event[1:])


def _share_destroyed(state: object, event: BackupShareDestroyed, _fold: Fold) -> Backup:
    backup = _known(state)
    return backup._replace(destroyed=tuple(sorted({*backup.destroyed, event.holder})))


def _expired(state: object, _event: BackupExpired, fold: Fold) -> Backup:
    backup = _known(state)
    return backup if backup.expired_at else backup._replace(expired_at=fold.time)


def _known(state: object) -> Backup:
    if not isinstance(state, Backup):
        raise BrokenHistory(f"expected an archive, found {type(state).__name__}")
    return state


BACKUP_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Any]] = {
    BackupMade: _made,
    BackupShareDestroyed: _share_destroyed,
    BackupExpired: _expired,
}
