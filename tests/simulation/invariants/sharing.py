"""What a key's regions are to have in common they have in common, and what was ended stays ended."""

from replication.state.rows import Row, decode_row
from replication.state.state_store import STREAMS, row_key
from replication.state.view import SnapshotView
from shared.grants.lookup import is_of
from shared.keys.model import Key
from shared.keys.sharing import ALIASES, GRANTS, POLICY, REPLICATE_TAG, TAGS, alias_names, is_common
from tests.replication.written_log import ACCOUNT
from tests.simulation.region import PARTITIONS, SimulatedRegion
from tests.simulation.rest import Rest
from tests.simulation.sharing import SHARED


def grants_in_common_are_the_same(rest: Rest) -> None:
    first, *others = map(_shared_grants, rest.regions.values())
    for other in others:
        assert other == first


def _shared_grants(region: SimulatedRegion) -> dict[bytes, Row]:
    """Those that stand and those that were ended, whether or not the region holds the key.

    A grant of one region rests on its twin's stream there, which leaves a row without a state.
    """
    prefix = row_key(0, "shared-grant/")
    with region.store.read() as snapshot:
        rows = {name: decode_row(encoded) for name, encoded in snapshot.scan(STREAMS, prefix, prefix)}
    return {name: row._replace(revision=0) for name, row in rows.items() if row.state is not None or row.frozen}


def settings_in_common_are_the_same(rest: Rest) -> None:
    views = {name: SnapshotView(region.store.read(), PARTITIONS) for name, region in rest.regions.items()}
    keys = {name: view.key(ACCOUNT, SHARED) for name, view in views.items()}
    held = {name: key for name, key in keys.items() if key is not None and key.held_here}
    primary = next(key.primary_region for key in keys.values() if key is not None)
    if primary not in held:  # it went while it was made the primary
        return
    members = (primary, *held[primary].replica_regions)
    for name, key in held.items():
        if name not in members:  # an overtaken record gave it the key
            continue
        assert dict(key.tags).get(REPLICATE_TAG) == dict(held[primary].tags).get(REPLICATE_TAG)
        for word, told in _TOLD.items():
            if is_common(key, word):
                assert told(views[name], key) == told(views[primary], held[primary]), (name, word)


def _grants(view: SnapshotView, key: Key) -> list[object]:
    return [grant for grant in view.grants(ACCOUNT, SHARED, "") if is_of(grant, key)]


_TOLD = {
    POLICY: lambda _view, key: key.policy,
    TAGS: lambda _view, key: key.tags,
    ALIASES: lambda _view, key: alias_names(key),
    GRANTS: _grants,
}
