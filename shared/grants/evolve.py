"""What an event makes of a grant: the folds of its stream.

Owns the two ends of a grant. It is regional: peers never see one, so the fold is told nothing of other regions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.events import Event
from shared.fold import Fold
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked
from shared.grants.model import Grant


def _created(_state: object, event: GrantCreated, fold: Fold) -> Grant:
    return Grant(**event._asdict(), created_at=fold.time)


def _gone(_state: object, _event: GrantRetired | GrantRevoked, _fold: Fold) -> None:
    return None


GRANT_FOLDS: Mapping[type[Event], Callable[[Any, Any, Fold], Grant | None]] = {
    GrantCreated: _created,
    GrantRetired: _gone,
    GrantRevoked: _gone,
}
