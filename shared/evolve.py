"""The fold: what an event makes of a stream's state. It never refuses and never opens a secret.

Owns the one dispatch from event to state. In the region where the event happened `origin` is None; in every other
region it is the region that published it, and `rewrapped` holds the secrets that were sealed to this region, by secret
id (the material id, `signing_keys_secret_id`, `access_key_secret_id`). A missing secret is no fault: its uses fail
until it arrives.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from shared import events as e
from shared.aliases.model import Alias
from shared.backups.evolve import BACKUP_FOLDS
from shared.backups.model import Backup
from shared.crypto.region_card import MalformedCard, decode_card
from shared.drills.evolve import DRILL_FOLDS
from shared.drills.model import Recovery
from shared.erasure.evolve import ERASURE_FOLDS
from shared.erasure.model import Domain, SecretRequest
from shared.fold import BrokenHistory, Fold
from shared.grants.evolve import GRANT_FOLDS
from shared.grants.model import EndedGrant, Grant
from shared.identity.account_evolve import ACCOUNT_FOLDS
from shared.identity.evolve import PRINCIPAL_FOLDS
from shared.identity.model import Identity, Peer
from shared.key_stores.evolve import KEY_STORE_FOLDS
from shared.key_stores.model import KeyStore
from shared.keys.evolve import KEY_FOLDS
from shared.keys.folding import without_secrets
from shared.keys.model import Key
from shared.nodes.evolve import NODE_FOLDS
from shared.nodes.model import Node
from shared.rebuild.evolve import REBUILD_FOLDS
from shared.rebuild.model import Forgotten, Readmission, Rebuild
from shared.witness_events import HeadVouched

State: TypeAlias = (
    Key
    | Alias
    | Grant
    | EndedGrant
    | Identity
    | Peer
    | KeyStore
    | Node
    | Domain
    | SecretRequest
    | Backup
    | Rebuild
    | Readmission
    | Forgotten
    | Recovery
)


def evolve(state: State | None, event: e.Event, fold: Fold) -> State | None:
    """The state of the event's stream after `event`.

    A region that does not hold the key keeps nothing that was sealed to it: whoever sealed may not have adopted yet
    that the replica has gone. Given the key again, it is given all of its materials.
    """
    after = _FOLDS[type(event)](state, event, fold)
    return without_secrets(after) if fold.rewrapped and isinstance(after, Key) and not after.held_here else after


def _alias_created(_state: State | None, event: e.AliasCreated, fold: Fold) -> Alias:
    return Alias(event.account, event.alias, event.key_id, fold.time, fold.time)


def _alias_retargeted(state: State | None, event: e.AliasRetargeted, fold: Fold) -> Alias:
    return _alias(state)._replace(key_id=event.key_id, updated_at=fold.time)


def _alias_deleted(_state: State | None, _event: e.AliasDeleted, _fold: Fold) -> None:
    return None


def _peer_admitted(_state: State | None, event: e.PeerAdmitted, fold: Fold) -> Peer:
    try:
        return Peer(event.region, event.card, fold.time, decode_card(event.card).sealing_number)
    except MalformedCard:
        return Peer(event.region, event.card, fold.time)


def _head_vouched(_state: State | None, _event: HeadVouched, _fold: Fold) -> None:
    return None


def _alias(state: State | None) -> Alias:
    if not isinstance(state, Alias):
        raise BrokenHistory(f"expected an alias, found {type(state).__name__}")
    return state


_FOLDS: Mapping[type[e.Event], Callable[[Any, Any, Fold], State | None]] = {
    **KEY_FOLDS,
    **GRANT_FOLDS,
    **KEY_STORE_FOLDS,
    **ACCOUNT_FOLDS,
    **PRINCIPAL_FOLDS,
    **NODE_FOLDS,
    **ERASURE_FOLDS,
    **BACKUP_FOLDS,
    **REBUILD_FOLDS,
    **DRILL_FOLDS,
    e.AliasCreated: _alias_created,
    e.AliasRetargeted: _alias_retargeted,
    e.AliasDeleted: _alias_deleted,
    e.PeerAdmitted: _peer_admitted,
    HeadVouched: _head_vouched,
}
