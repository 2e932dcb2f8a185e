"""Finding what an alias names, where a region's own aliases and those of its multi-region keys meet.

Owns the rule: an alias that the region has by itself stays what it is. Else the key that has had the name longest has
it; the key's other regions may see that otherwise, for which the region reports a conflict.
"""

import heapq
from collections.abc import Iterable, Iterator

from shared.aliases.model import Alias
from shared.keys.model import Key


def alias_among(keys: Iterable[Key], name: str) -> Alias | None:
    """What `name` is among the keys held here, some of which have it in common with their other regions."""
    claims = [(dict(key.aliases).get(name), key) for key in keys if key.held_here]
    found = [(since, key.key_id, key.account) for since, key in claims if since is not None]
    if not found:
        return None
    since, key_id, account = min(found)
    return Alias(account, name, key_id, since, since)


def merged(own: Iterable[Alias], common: Iterable[Alias]) -> Iterator[Alias]:
    """Both in the order of their names, each name once, the region's own first."""
    last = ""
    for alias in heapq.merge(own, common, key=lambda alias: alias.alias):
        if alias.alias != last:
            yield alias
        last = alias.alias
