"""A region's state in a dictionary, for tests of decisions: it reads like a snapshot and folds what was decided."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from shared.aliases.lookup import alias_among, merged
from shared.aliases.model import Alias
from shared.events import Event, GrantShared, stream_of
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.grants.model import Grant
from shared.identifiers import (
    access_key_stream,
    alias_stream,
    grant_stream,
    key_store_stream,
    key_stream,
    shared_grant_stream,
)
from shared.identity.model import AccessKey
from shared.identity.naming import index_names
from shared.key_stores.availability import as_seen
from shared.key_stores.model import KeyStore
from shared.keys.epochs import Epoch
from shared.keys.events import KeyEvent
from shared.keys.expiry import as_of
from shared.keys.heirs import heir_index, inherited_from
from shared.keys.model import Key


class MemoryView:
    """A `StateView` whose state is the fold of the events given to `apply`."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.time = 1_700_000_000_000
        self.states: dict[str, State] = {}
        self.revisions: dict[str, int] = {}

    def apply(
        self, events: Iterable[Event], origin: str | None = None, rewrapped: Mapping[str, bytes] | None = None
    ) -> None:
        for event in events:
            stream = stream_of(event)
            epoch = self._epoch_said(event, origin or self.region)
            fold = Fold(self.region, self.time, origin, rewrapped or {}, key_epoch=epoch)
            state = evolve(self.states.get(stream), event, fold)
            self.revisions[stream] = self.revision(stream) + 1
            if state is None:
                self.states.pop(stream, None)
            else:
                self.states[stream] = state

    def _epoch_said(self, event: Event, author: str) -> Epoch | None:
        """The last epoch that is known here of the author: whoever speaks has adopted what this region has."""
        key = (
            self.states.get(key_stream(event.account, event.key_id))
            if isinstance(event, KeyEvent | GrantShared)
            else None
        )
        if not isinstance(key, Key):
            return None
        led = [*((count, region) for count, region, _ in key.chain), key.present_epoch]
        return next((epoch for epoch in reversed(led) if epoch[1] == author), None)

    @property
    def derived(self) -> dict[Hashable, Any]:
        """Nothing is remembered: the state changes in place."""
        return {}

    def state(self, stream: str) -> State | None:
        return self.states.get(stream)

    def revision(self, stream: str) -> int:
        return self.revisions.get(stream, 0)

    def sequence(self, account: str) -> int:
        return sum(self.revisions.values())

    def key(self, account: str, key_id: str) -> Key | None:
        state = self.states.get(key_stream(account, key_id))
        return self._standing(state) if isinstance(state, Key) else None

    def _standing(self, key: Key) -> Key:
        key = as_of(key, self.region, self.time)
        if key.custom_key_store_id is None:
            return key
        return as_seen(key, self.key_store(key.account, key.custom_key_store_id))

    def alias(self, account: str, alias: str) -> Alias | None:
        state = self.states.get(alias_stream(account, alias))
        return state if isinstance(state, Alias) else alias_among(self.keys(account, ""), alias)

    def access_key(self, access_key_id: str) -> AccessKey | None:
        for state in self.states.values():
            if isinstance(state, AccessKey) and state.access_key_id == access_key_id:
                assert self.states[access_key_stream(state.account, access_key_id)] is state
                return state
        return None

    def keys(self, account: str, after: str) -> Iterator[Key]:
        keys = (self._standing(state) for state in self.states.values() if isinstance(state, Key))
        return iter(sorted((k for k in keys if k.account == account and k.key_id > after), key=lambda k: k.key_id))

    def entities(self, account: str, kind: str, after: str) -> Iterator[State]:
        prefix = f"{kind}/{account}/"
        return (self.states[name] for name in sorted(self.states) if name.startswith(prefix) and name > prefix + after)

    def indexed(self, account: str, index: str, after: str) -> Iterator[str]:
        names = sorted(name for state in self.states.values() for name in _index_names(state))
        return (name.removeprefix(index) for name in names if name.startswith(index) and name > index + after)

    def key_store(self, account: str, key_store_id: str) -> KeyStore | None:
        state = self.states.get(key_store_stream(account, key_store_id))
        return state if isinstance(state, KeyStore) else None

    def key_stores(self, account: str, after: str) -> Iterator[KeyStore]:
        stores = (state for state in self.states.values() if isinstance(state, KeyStore))
        found = (store for store in stores if store.account == account and store.key_store_id > after)
        return iter(sorted(found, key=lambda store: store.key_store_id))

    def keys_in_store(self, account: str, key_store_id: str, external_key_id: str | None = None) -> Iterator[Key]:
        for key in self.keys(account, ""):
            if key.custom_key_store_id == key_store_id and external_key_id in (None, key.external_key_id):
                yield key

    def aliases(self, account: str, after: str) -> Iterator[Alias]:
        own = (state for state in self.states.values() if isinstance(state, Alias) and state.account == account)
        claims = (self.alias(account, name) for key in self.keys(account, "") for name, _ in key.aliases)
        common = [alias for alias in claims if alias is not None]
        both = merged(sorted(own, key=lambda a: a.alias), sorted(common, key=lambda a: a.alias))
        return (alias for alias in both if alias.alias > after)

    def aliases_of(self, account: str, key_id: str, after: str) -> Iterator[Alias]:
        return (alias for alias in self.aliases(account, after) if alias.key_id == key_id)

    def grant(self, account: str, key_id: str, grant_id: str) -> Grant | None:
        place = (account, key_id, grant_id)
        states = (self.states.get(grant_stream(*place)), self.states.get(shared_grant_stream(*place)))
        return next((state for state in states if isinstance(state, Grant)), None)

    def grant_ids(self, account: str, key_id: str, after: str) -> Iterator[str]:
        return (grant.grant_id for grant in self.grants(account, key_id, after))

    def grants(self, account: str, key_id: str, after: str) -> Iterator[Grant]:
        of_key = (grant for grant in self._grants() if (grant.account, grant.key_id) == (account, key_id))
        return (grant for grant in of_key if grant.grant_id > after)

    def own_grants(self, account: str, key_id: str) -> Iterator[Grant]:
        return (grant for grant in self.grants(account, key_id, "") if not grant.shared)

    def grants_to(self, account: str, key_id: str, grantee: str, after: str) -> Iterator[Grant]:
        return (grant for grant in self.grants(account, key_id, after) if grant.grantee == grantee)

    def retirable_grants(self, principal: str, after: str) -> Iterator[Grant]:
        return (g for g in self._grants() if g.retiring_principal == principal and g.place > after)

    def _grants(self) -> list[Grant]:
        grants = (state for state in self.states.values() if isinstance(state, Grant))
        return sorted(grants, key=lambda grant: grant.place)


def _index_names(state: State) -> Iterator[str]:
    if isinstance(state, Key):
        born_key_id = inherited_from(state)
        return iter(() if born_key_id is None else (heir_index(state.account, born_key_id, state.key_id),))
    return iter(index_names(state))
