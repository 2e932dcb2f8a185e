"""Aliases in a snapshot: a region's own, which have rows, and those of its multi-region keys, which stand in the keys.

Owns how both are listed together. Which of them a name is, `shared/aliases/lookup.py` says.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

from replication.state.indexes import CLAIMED, alias_index, claim_of, claimed_index
from replication.state.view_readable import readable
from shared.aliases.lookup import alias_among, merged
from shared.aliases.model import Alias
from shared.keys.model import Key


class Reading(Protocol):
    """What a snapshot gives."""

    def key(self, account: str, key_id: str) -> Key | None: ...

    def last_known_key(self, account: str, key_id: str) -> Key | None: ...

    def own_alias(self, account: str, alias: str) -> Alias | None: ...

    def own_aliases(self, account: str, after: str) -> Iterator[Alias]: ...

    def indexed(self, account: str, index: str, after: str) -> Iterator[str]: ...


def alias_in(reading: Reading, account: str, name: str) -> Alias | None:
    """Errors: KeyUnavailable where a frozen key had the name last, and may have let it go."""
    own = reading.own_alias(account, name)
    if own is not None:
        return own
    found = alias_among(_claiming(reading, account, name), name)
    if found is not None:
        reading.key(account, found.key_id)
    return found


def aliases_in(reading: Reading, account: str, after: str) -> Iterator[Alias]:
    # "!" comes after the space that ends a name in the index, and before whatever a longer name goes on with.
    claims = reading.indexed(account, f"{CLAIMED}{account}/", f"{after}!" if after else "")
    names = (claim_of(f"{CLAIMED}{account}/{claim}")[1] for claim in claims)
    return merged(reading.own_aliases(account, after), _named(reading, account, names))


def aliases_of_key(reading: Reading, account: str, key_id: str, after: str) -> Iterator[Alias]:
    key = reading.key(account, key_id)
    own = reading.indexed(account, alias_index(account, key_id, ""), after)
    common = (name for name, _ in key.aliases if name > after) if key is not None else ()
    both = merged(_named(reading, account, own), _named(reading, account, common))
    return (alias for alias in both if alias.key_id == key_id)


def _named(reading: Reading, account: str, names: Iterable[str]) -> Iterator[Alias]:
    return readable(partial(alias_in, reading, account), names)


def _claiming(reading: Reading, account: str, name: str) -> Iterator[Key]:
    """The keys whose regions have the alias in common. A frozen one keeps no other from a name that it had later."""
    for key_id in reading.indexed(account, claimed_index(account, name, ""), ""):
        key = reading.last_known_key(account, key_id)
        if key is not None:
            yield key
