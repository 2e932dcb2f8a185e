"""What events make of what a partition knows of a region that was built anew: the folds."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.crypto.region_card import MalformedCard, decode_card
from shared.fold import BrokenHistory, Fold
from shared.identity.model import Peer
from shared.rebuild import events as e
from shared.rebuild.model import Forgotten, Readmission, Rebuild


def _peer_replaced(_state: object, event: e.PeerReplaced, fold: Fold) -> Peer:
    try:
        number = decode_card(event.card).sealing_number
    except MalformedCard:
        raise BrokenHistory(f"what was pinned of {event.region} is no card") from None
    return Peer(event.region, event.card, fold.time, number)


def _readmitted(_state: object, event: e.RegionReadmitted, fold: Fold) -> Readmission:
    return Readmission(event.region, event.peer_region, fold.time, *event[2:])


def _begun(state: object, event: e.RebuildBegun, fold: Fold) -> Rebuild:
    before = state.former if isinstance(state, Rebuild) else ()
    return Rebuild(event.region, (*before, event.former), fold.time)


def _ended(state: object, event: e.RebuildEnded, fold: Fold) -> Rebuild:
    if not isinstance(state, Rebuild):
        raise BrokenHistory("a rebuild ends that never began")
    return state._replace(ended_at=fold.time, shared=event.shared, disabled=event.disabled)


def _forgotten(_state: object, _event: e.WitnessForgotten, _fold: Fold) -> None:
    return None


def _region_forgotten(state: object, event: e.RegionForgotten, fold: Fold) -> Forgotten:
    before = state.at if isinstance(state, Forgotten) else 0
    return Forgotten(event.region, max(fold.time, before + 1))


REBUILD_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Any]] = {
    e.PeerReplaced: _peer_replaced,
    e.RegionReadmitted: _readmitted,
    e.RebuildBegun: _begun,
    e.RebuildEnded: _ended,
    e.WitnessForgotten: _forgotten,
    e.RegionForgotten: _region_forgotten,
}
