"""The indexes of the state: what can be found without its stream's name.

Owns their names and which of them a state stands under. All follow from the rows of STREAMS, so that a rebuild gives
the same; they are kept by partition, and their rows hold nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from replication.state.state_store import row_key
from shared.aliases.model import Alias
from shared.erasure.live import lacking
from shared.evolve import State
from shared.grants.model import Grant
from shared.identifiers import MULTI_REGION_PREFIX, key_stream
from shared.identity.model import AccessKey, Group, Identity, Role, User
from shared.identity.naming import index_names
from shared.keys.decide_giving import to_give
from shared.keys.due import due_at
from shared.keys.heirs import heir_index, inherited_from
from shared.keys.model import Key
from shared.keys.sharing import GRANTS, is_given

_IndexRows: TypeAlias = dict[bytes, bytes]
_NONE: _IndexRows = {}

LONGEST_KEY = 511
"""Bytes that a key of the state store may have."""
DUE = "due/"
CLAIMED = "claimed-alias/"
GIVING = "giving-grants/"
UNDER_WAY = "rotation-under-way/"
PROMOTED = "promoted/"
GIVING_MATERIAL = "giving-material/"
LACKING = "lacking/"
_TIME_DIGITS = 16


def alias_index(account: str, key_id: str, alias: str) -> str:
    return f"alias-of/{account}/{key_id}/{alias}"


def grant_index(account: str, key_id: str, grant_id: str) -> str:
    """A key's grants that stand: of those that are gone, however many, only a row of STREAMS is left."""
    return f"grant-of/{account}/{key_id}/{grant_id}"


def grantee_index(account: str, key_id: str, grantee: str, grant_id: str) -> str:
    """A key's grants by whom they are given to. No principal has a `|` in it."""
    return f"granted/{account}/{key_id}/{grantee}|{grant_id}"


def own_grant_index(account: str, key_id: str, grant_id: str) -> str:
    """A multi-region key's grants that the region has alone."""
    return f"own-grant/{account}/{key_id}/{grant_id}"


def giving_index(account: str, key_id: str) -> str:
    """A key whose primary is here and whose grants all its regions are to have."""
    return f"{GIVING}{account}/{key_id}"


def under_way_index(account: str, key_id: str) -> str:
    """A key whose primary is here and whose new material not all its replicas are known to have."""
    return f"{UNDER_WAY}{account}/{key_id}"


def promoted_index(account: str, key_id: str) -> str:
    """A key that has had another primary: something of that one's may be overtaken."""
    return f"{PROMOTED}{account}/{key_id}"


def giving_material_index(account: str, key_id: str) -> str:
    """A key of which this region has to give overtaken material to others."""
    return f"{GIVING_MATERIAL}{account}/{key_id}"


def claimed_index(account: str, alias: str, key_id: str) -> str:
    """An alias that the regions of a key held here have in common. A space comes before whatever a name has in it."""
    return f"{CLAIMED}{account}/{alias} {key_id}"


def claim_of(name: str) -> tuple[str, str, str]:
    """Account, alias and key id of the name that `claimed_index` has made."""
    account, _, claim = name.removeprefix(CLAIMED).partition("/")
    alias, _, key_id = claim.partition(" ")
    return account, alias, key_id


def lacking_index(account: str, key_id: str) -> str:
    """A key held here of which the region has not all materials that it is to have."""
    return f"{LACKING}{account}/{key_id}"


def retirable_index(principal: str, place: str) -> str:
    """`place` is the grant's. It stands in the partition of the grant's key, whatever account the principal is of."""
    return f"retirable/{principal}|{place}"


def due_index(time: int, stream: str) -> str:
    """`time` is integer milliseconds; the names stand in the order of time."""
    return f"{DUE}{time:0{_TIME_DIGITS}}/{stream}"


def due_of(name: str) -> tuple[int, str]:
    """Time and stream of the name that `due_index` has made."""
    time, _, stream = name.removeprefix(DUE).partition("/")
    return int(time), stream


def key_store_index(account: str, key_store_id: str, external_key_id: str | None, key_id: str) -> str:
    """A key that lies in a custom key store; "-" stands for no external key."""
    return f"in-key-store/{account}/{key_store_id}/{external_key_id or '-'}/{key_id}"


def _of_alias(alias: Alias, partition: int, _region: str) -> _IndexRows:
    return {row_key(partition, alias_index(alias.account, alias.key_id, alias.alias)): b""}


def _of_key(key: Key, partition: int, region: str) -> _IndexRows:
    time = due_at(key, region)
    rows = {}
    if time is not None:
        rows[row_key(partition, due_index(time, key_stream(key.account, key.key_id)))] = b""
    if (store := key.custom_key_store_id) is not None and key.held_here:
        rows[row_key(partition, key_store_index(key.account, store, key.external_key_id, key.key_id))] = b""
    if lacking(key):
        rows[row_key(partition, lacking_index(key.account, key.key_id))] = b""
    for alias, _ in key.aliases:
        rows[row_key(partition, claimed_index(key.account, alias, key.key_id))] = b""
    if key.tags and is_given(key, region, GRANTS):
        rows[row_key(partition, giving_index(key.account, key.key_id))] = b""
    if key.under_way is not None and key.primary_region == region:
        rows[row_key(partition, under_way_index(key.account, key.key_id))] = b""
    if (born_key_id := inherited_from(key)) is not None:
        rows[row_key(partition, heir_index(key.account, born_key_id, key.key_id))] = b""
    if key.chain:
        rows[row_key(partition, promoted_index(key.account, key.key_id))] = b""
        if to_give(key, region):
            rows[row_key(partition, giving_material_index(key.account, key.key_id))] = b""
    return rows


def _of_grant(grant: Grant, partition: int, _region: str) -> _IndexRows:
    account, key_id, grant_id = grant.account, grant.key_id, grant.grant_id
    names = [grant_index(account, key_id, grant_id), grantee_index(account, key_id, grant.grantee, grant_id)]
    if not grant.shared and key_id.startswith(MULTI_REGION_PREFIX):
        names.append(own_grant_index(account, key_id, grant_id))
    if grant.retiring_principal is not None:
        names.append(retirable_index(grant.retiring_principal, grant.place))
    return {row_key(partition, name): b"" for name in names}


def _of_identity(state: Identity, partition: int, _region: str) -> _IndexRows:
    return {row_key(partition, name): b"" for name in index_names(state)}


_INDEXES: Mapping[type[Any], Callable[[Any, int, str], _IndexRows]] = {
    Alias: _of_alias,
    Grant: _of_grant,
    Key: _of_key,
    **dict.fromkeys((AccessKey, User, Group, Role), _of_identity),
}


def index_changes(
    partition: int, region: str, before: State | None, after: State | None
) -> Sequence[tuple[bytes, bytes | None]]:
    """The index rows that follow from a stream's change in `region`; None for one that goes.

    Errors: ValueError for a name that is too long.
    """
    gone = _NONE if before is None else _index_rows(partition, region, before)
    come = _NONE if after is None else _index_rows(partition, region, after)
    if gone == come:
        return ()
    if any(len(key) > LONGEST_KEY for key in come):
        raise ValueError("an index name is too long")
    return [*((key, None) for key in gone.keys() - come.keys()), *come.items()]


def _index_rows(partition: int, region: str, state: State) -> _IndexRows:
    of = _INDEXES.get(type(state))
    return _NONE if of is None else of(state, partition, region)
