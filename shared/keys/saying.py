"""In which epoch of a multi-region key a shared record speaks: what stands in its envelope as the key epoch.

Owns what a record says of that. A record about keys in several epochs says none: each of its events says its own.
"""

from collections.abc import Iterable

from shared.decision import StateView
from shared.events import Event, GrantShared, KeyPromoted, KeySettingsShared
from shared.identifiers import key_stream
from shared.keys.epochs import Epoch
from shared.keys.events import KeyEvent
from shared.keys.model import Key


def said_in_epochs(shared_events: Iterable[Event], view: StateView) -> tuple[tuple[Event, ...], Epoch | None]:
    """These events, decided against `view`, as they are shared, and the epoch of the record.

    None where they are about several epochs, or about no multi-region key that is there yet.
    """
    epochs = [(event, _epoch_of(event, view)) for event in shared_events]
    different = dict.fromkeys(epoch for _, epoch in epochs if epoch is not None)
    if len(different) < 2:
        return tuple(event for event, _ in epochs), next(iter(different), None)
    return tuple(_with_epoch(event, epoch) for event, epoch in epochs), None


def _epoch_of(event: Event, view: StateView) -> Epoch | None:
    if isinstance(event, KeyPromoted):
        return event.epoch, event.primary_region
    if not isinstance(event, KeyEvent | GrantShared):
        return None
    key = view.state(key_stream(event.account, event.key_id))
    return key.present_epoch if isinstance(key, Key) and key.is_multi_region else None


def _with_epoch(event: Event, epoch: Epoch | None) -> Event:
    """Errors: TypeError for an event that cannot say it: nobody but the primary of two keys says anything of both."""
    if not isinstance(event, KeySettingsShared) or epoch is None:
        raise TypeError(f"{type(event).__name__} stands in no record about keys in several epochs")
    return event._replace(epoch=epoch[0])
