"""Several decisions about one key, as one change.

Owns that none of them is done by halves: they stand in one record, each decided as if those before had taken effect.
The interleaving: an overtaken change is done again policy first and tags second, the node dies in between, a client
puts another policy; whoever goes on by doing all of it once more undoes the client's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, cast

from shared.aliases.model import Alias
from shared.decision import Decision, StateView
from shared.events import Event, stream_of
from shared.fold import Fold
from shared.identifiers import key_stream
from shared.keys.commands import KeyName
from shared.keys.evolve import KEY_FOLDS
from shared.keys.folding import the_key
from shared.keys.lookup import held_key
from shared.keys.model import Key

Decide: TypeAlias = Callable[[StateView], Decision]


def in_one_record(decisions: Iterable[Decide], name: KeyName, now: int, view: StateView) -> Decision:
    """All of them, in their order. `now` is in milliseconds.

    What the regions hear of one kind is what the last decision tells: settings are told as a whole. Errors: NotFound;
    those of the decisions.
    """
    key, fold = held_key(view, name), Fold(name.region, now)
    events: list[Event] = []
    told: dict[type[Event], Event] = {}
    rests_on: dict[str, None] = {}
    for decide in decisions:
        decision = decide(cast(StateView, _Afterwards(view, key)))
        events += decision.events
        told |= {type(event): event for event in decision.shared_events}
        rests_on |= dict.fromkeys(decision.rests_on)
        key = _evolved(key, decision.events, fold)
    return Decision(tuple(events), tuple(told.values()), tuple(rests_on), answer=name.key_id)


def _evolved(key: Key, events: Iterable[Event], fold: Fold) -> Key:
    stream = key_stream(key.account, key.key_id)
    for event in events:
        if stream_of(event) == stream:
            key = the_key(KEY_FOLDS[type(event)](key, event, fold))
    return key


class _Afterwards:
    """A state in which one key has become `key`. Its aliases are those that it had, and those that it has in common."""

    def __init__(self, view: StateView, key: Key) -> None:
        self._view, self._key = view, key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def key(self, account: str, key_id: str) -> Key | None:
        is_it = (account, key_id) == (self._key.account, self._key.key_id)
        return self._key if is_it else self._view.key(account, key_id)

    def aliases_of(self, account: str, key_id: str, after: str) -> Iterator[Alias]:
        before = {alias.alias: alias for alias in self._view.aliases_of(account, key_id, after)}
        if (account, key_id) == (self._key.account, self._key.key_id):
            common = (Alias(account, name, key_id, since, since) for name, since in self._key.aliases if name > after)
            before = {alias.alias: alias for alias in common} | before
        yield from (before[name] for name in sorted(before))
