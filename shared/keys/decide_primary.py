"""What happens when the primary of a multi-region key hands over to one of its replicas.

Owns the decision of UpdatePrimaryRegion. The primary gives its part away in one event, which every region folds; the
other region acts as the primary once it has adopted it, and until then nobody does.
Source: AWS KMS Developer Guide, "Change the primary key in a set of multi-Region keys".
"""

from shared.decision import Decision, StateView
from shared.errors import NotFound, UnsupportedOperation
from shared.events import PrimaryRegionUpdated
from shared.identifiers import key_stream
from shared.keys.commands import KeyName, UpdatePrimaryRegion
from shared.keys.decide_sharing import require_all_given
from shared.keys.history import regions_of
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import Key
from shared.keys.whole import encode_whole


def primary_key(view: StateView, name: KeyName) -> Key:
    """The key, of which this region has the primary. Errors: NotFound, UnsupportedOperation."""
    key = held_key(view, name)
    if key.primary_region != name.region:
        raise UnsupportedOperation(f"{arn_of(name)} is not a multi-region primary key.")
    return key


def require_not_replica(key: Key, name: KeyName) -> None:
    """What only the primary of a multi-region key may change. Errors: UnsupportedOperation."""
    if key.primary_region not in (None, name.region):
        raise UnsupportedOperation(f"{arn_of(name)} is not a multi-region primary key.")


def recorded(view: StateView, key: Key) -> Key:
    """The key as it stands in the state: what time alone has brought is not taken away by a hand-over."""
    state = view.state(key_stream(key.account, key.key_id))
    return state if isinstance(state, Key) else key


def update_primary_region(command: UpdatePrimaryRegion, view: StateView) -> Decision:
    """Errors: NotFound, also where the region has no replica; UnsupportedOperation; those of the key's state."""
    key = primary_key(view, command.key)
    require("UpdatePrimaryRegion", key, arn_of(command.key))
    if command.primary_region == key.primary_region:
        raise UnsupportedOperation(f"{arn_of(command.key)} is already the multi-region primary key.")
    if command.primary_region not in key.replica_regions:
        replica = command.key._replace(region=command.primary_region)
        raise NotFound(f"Key '{arn_of(replica)}' does not exist")
    require_all_given(view, key, command.key)
    whole = encode_whole(recorded(view, key), regions_of(key))
    updated = PrimaryRegionUpdated(key.account, key.key_id, command.primary_region, key.epoch + 1, whole)
    return Decision((updated,), (updated,))
