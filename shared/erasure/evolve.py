"""What events make of domains, of peers' sealing keys, and of secrets that are wrapped again: the folds.

A record that comes after a greater one of its kind changes nothing: epochs and numbers only grow.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.erasure import events as e
from shared.erasure.live import with_arrived, with_wrapped
from shared.erasure.model import Domain, SecretRequest
from shared.fold import Fold
from shared.identity.model import Peer
from shared.keys.folding import the_key, with_regions
from shared.keys.model import Key


def _epoch_opened(state: object, event: e.EpochOpened, fold: Fold) -> Domain:
    domain = _domain(state, event.bucket)
    if event.epoch <= domain.epoch:
        return domain
    told = ((domain.epoch, domain.fingerprint),) if domain.fingerprint else ()
    return domain._replace(
        epoch=event.epoch, opened_at=fold.time, fingerprint=event.fingerprint, earlier=(*domain.earlier, *told)
    )


def _epoch_closed(state: object, event: e.EpochClosed, _fold: Fold) -> Domain:
    domain = _domain(state, event.bucket)
    closed = min(max(event.epoch, domain.closed), domain.epoch - 1)
    return domain._replace(closed=closed, earlier=tuple(told for told in domain.earlier if told[0] > closed))


def _domain_key_destroyed(state: object, event: e.DomainKeyDestroyed, _fold: Fold) -> Domain:
    domain = _domain(state, event.bucket)
    return domain._replace(destroyed=_with(domain.destroyed, event.node, event.epoch))


def _secret_rewrapped(state: object, event: e.SecretRewrapped, _fold: Fold) -> object:
    return with_wrapped(state, event.rewrapped)


def _sealing_key_announced(state: object, event: e.SealingKeyAnnounced, fold: Fold) -> Peer:
    """In the region itself there is no peer of its name before: its first card it did not have to tell itself."""
    peer = state if isinstance(state, Peer) else Peer(event.region, b"", fold.time)
    if event.number <= peer.sealing_number:
        return peer
    return peer._replace(card=event.card, sealing_number=event.number, announced_at=fold.time)


def _sealing_key_destroyed(state: object, event: e.SealingKeyDestroyed, fold: Fold) -> Peer:
    peer = state if isinstance(state, Peer) else Peer(event.region, b"", fold.time)
    return peer._replace(sealing_destroyed=_with(peer.sealing_destroyed, event.node, event.number))


def _secret_requested(_state: object, event: e.SecretRequested, fold: Fold) -> SecretRequest:
    return SecretRequest(event.account, event.key_id, event.region, event.material_ids, fold.time, event.in_vain)


def _secret_sealed(state: object, event: e.SecretSealed, fold: Fold) -> Key:
    key = the_key(state)
    return with_arrived(key, fold.rewrapped) if event.region == fold.region and fold.origin is not None else key


def _secret_request_answered(state: object, event: e.SecretRequestAnswered, fold: Fold) -> SecretRequest | None:
    """Whose answers have been in vain ends nothing: else a region that gives wrong bytes, and is quick, would keep the
    others from answering for ever. The region that asked sees by what has come of it whether an answer was in vain.
    """
    if not isinstance(state, SecretRequest):
        return None
    if event.region != fold.region:
        return state if fold.author in state.in_vain else None
    if fold.rewrapped.keys() >= {*state.material_ids}:
        return None
    return state._replace(in_vain=with_regions(state.in_vain, (fold.author,)), asked_at=0)


def _with(destroyed: tuple[tuple[str, int], ...], node: str, number: int) -> tuple[tuple[str, int], ...]:
    known = dict(destroyed)
    return tuple(sorted({**known, node: max(number, known.get(node, 0))}.items()))


def _domain(state: object, bucket: int) -> Domain:
    return state if isinstance(state, Domain) else Domain(bucket)


ERASURE_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Any]] = {
    e.EpochOpened: _epoch_opened,
    e.SecretRewrapped: _secret_rewrapped,
    e.EpochClosed: _epoch_closed,
    e.DomainKeyDestroyed: _domain_key_destroyed,
    e.SealingKeyAnnounced: _sealing_key_announced,
    e.SealingKeyDestroyed: _sealing_key_destroyed,
    e.SecretRequested: _secret_requested,
    e.SecretSealed: _secret_sealed,
    e.SecretRequestAnswered: _secret_request_answered,
}
