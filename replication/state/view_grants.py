"""Grants in a snapshot: a region's own, and those that all regions of their key have in common.

Owns how both are found under one id and listed together. Whether a grant is of its key's present life,
`shared/grants/lookup.py` says.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

from replication.state.indexes import grant_index, grantee_index, own_grant_index, retirable_index
from replication.state.view_readable import readable
from shared.evolve import State
from shared.grants.model import Grant
from shared.identifiers import grant_stream, shared_grant_stream
from shared.keys.model import Key


class Reading(Protocol):
    """What a snapshot gives."""

    def state(self, stream: str) -> State | None: ...

    def key(self, account: str, key_id: str) -> Key | None: ...

    def indexed(self, account: str, index: str, after: str) -> Iterator[str]: ...

    def indexed_everywhere(self, index: str, after: str) -> Iterator[str]: ...


def grant_in(reading: Reading, account: str, key_id: str, grant_id: str) -> Grant | None:
    """Errors: KeyUnavailable for a grant that is frozen."""
    for stream in (grant_stream(account, key_id, grant_id), shared_grant_stream(account, key_id, grant_id)):
        state = reading.state(stream)
        if type(state) is Grant:
            return state
    return None


def grant_ids_of(reading: Reading, account: str, key_id: str, after: str) -> Iterator[str]:
    return reading.indexed(account, grant_index(account, key_id, ""), after)


def grants_of(reading: Reading, account: str, key_id: str, after: str) -> Iterator[Grant]:
    return _listed(reading, account, key_id, grant_ids_of(reading, account, key_id, after))


def grants_to(reading: Reading, account: str, key_id: str, grantee: str, after: str) -> Iterator[Grant]:
    index = grantee_index(account, key_id, grantee, "")
    return _listed(reading, account, key_id, reading.indexed(account, index, after))


def own_grants_of(reading: Reading, account: str, key_id: str) -> Iterator[Grant]:
    """One whose stream for all regions is frozen cannot be given to them, and keeps no other from being given."""

    def own(grant_id: str) -> Grant | None:
        reading.state(shared_grant_stream(account, key_id, grant_id))
        return grant_in(reading, account, key_id, grant_id)

    return readable(own, reading.indexed(account, own_grant_index(account, key_id, ""), ""))


def retirable_grants_in(reading: Reading, principal: str, after: str) -> Iterator[Grant]:
    """Of keys that can be read: of another it is not known whether its grants are in force."""

    def retirable(place: str) -> Grant | None:
        account, key_id, grant_id = place.split("/")
        reading.key(account, key_id)
        return grant_in(reading, account, key_id, grant_id)

    return readable(retirable, reading.indexed_everywhere(retirable_index(principal, ""), after))


def _listed(reading: Reading, account: str, key_id: str, grant_ids: Iterable[str]) -> Iterator[Grant]:
    return readable(partial(grant_in, reading, account, key_id), grant_ids)
