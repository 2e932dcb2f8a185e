"""What an event makes of a grant: the folds of its stream.

Owns the beginning and the end of a grant. A region's own grants are known there alone. Those that all regions of a key
have in common stand in streams of their own, in every region, whether or not it holds the key: a replica that is made
later finds them. They end for ever, in whatever order the regions' records are adopted.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from shared.events import Event
from shared.fold import Fold
from shared.grants.events import (
    GrantCreated,
    GrantReplaced,
    GrantRetired,
    GrantRevoked,
    GrantShared,
    SharedGrantEnded,
)
from shared.grants.model import OF_THE_WHOLE_KEY, EndedGrant, Grant
from shared.keys.epochs import epoch_of

_State: TypeAlias = Grant | EndedGrant | None


def _created(_state: object, event: GrantCreated, fold: Fold) -> Grant:
    return Grant(**event._asdict(), created_at=fold.time)


def _gone(_state: object, _event: GrantRetired | GrantRevoked | GrantReplaced, _fold: Fold) -> None:
    return None


def _shared(state: _State, event: GrantShared, fold: Fold) -> _State:
    """It may be given again, by a primary that was promoted past the one that gave it first."""
    epoch = epoch_of(fold.author, event, fold.key_epoch)
    given = () if epoch is None else ((*epoch, fold.number),)
    if isinstance(state, Grant):
        return state._replace(given_in=tuple(sorted({*state.given_in, *given}))) if state.given_in and given else state
    if state is not None:
        return state
    grant = Grant(**event._asdict(), key_created_at=OF_THE_WHOLE_KEY)
    return grant._replace(created_at=event.created_at or fold.time, given_in=given)


def _shared_ended(state: _State, _event: SharedGrantEnded, fold: Fold) -> EndedGrant:
    """The earliest of several ends counts, so that all regions agree."""
    return EndedGrant(min(state.ended_at, fold.time) if isinstance(state, EndedGrant) else fold.time)


GRANT_FOLDS: Mapping[type[Event], Callable[[Any, Any, Fold], _State]] = {
    GrantCreated: _created,
    GrantRetired: _gone,
    GrantRevoked: _gone,
    GrantShared: _shared,
    SharedGrantEnded: _shared_ended,
    GrantReplaced: _gone,
}
