"""In which epoch of a multi-region key a shared record speaks: what stands in its envelope as the key epoch.

Owns what a record says of that. A record about several keys speaks in none: readers take the last epoch in which they
know its region as the primary.
"""

from collections.abc import Iterable, Iterator

from shared.decision import StateView
from shared.events import Event, GrantShared, KeyPromoted
from shared.identifiers import key_stream
from shared.keys.epochs import Epoch
from shared.keys.events import KeyEvent
from shared.keys.model import Key


def epoch_said(shared_events: Iterable[Event], view: StateView) -> Epoch | None:
    """The epoch of the one key that these events, decided against `view`, are about; None where there is none yet."""
    epochs = dict.fromkeys(_epochs(shared_events, view))
    return next(iter(epochs)) if len(epochs) == 1 else None


def _epochs(shared_events: Iterable[Event], view: StateView) -> Iterator[Epoch]:
    for event in shared_events:
        if isinstance(event, KeyPromoted):
            yield event.epoch, event.primary_region
        elif isinstance(event, KeyEvent | GrantShared):
            key = view.state(key_stream(event.account, event.key_id))
            if isinstance(key, Key) and key.is_multi_region:
                yield key.present_epoch
