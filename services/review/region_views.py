"""A region's state, now and as it was, for reading: beside a running node, and where none runs.

Owns the opening of state and log, and which partitions are folded.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager

from replication.fold.materializer import Identity
from replication.fold.past import Until, fold_until
from replication.sharing.publication import local_log
from replication.state.served_state import ServedState
from replication.state.view import Moment, SnapshotView
from services.cli.region_state import damage_of, opened_logs, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings
from shared.identifiers import partition_of

Told = Callable[[int, int], None]


@contextmanager
def view_of_now(settings: NodeSettings, now: int) -> Iterator[SnapshotView]:
    """The state as it stands at `now`, in milliseconds. One that is not there, or not whole, is read by nobody.

    Errors: StoreFailed; DependencyTimeout once an account is looked at that cannot be.
    """
    with closing(state_of(settings, damage_of(settings))) as store, closing(store.read()) as reading:
        yield ServedState(settings.partitions).view(reading, Moment(settings.region, now))


async def view_of_then(settings: NodeSettings, accounts: Mapping[str, Until], moment: int, told: Told) -> SnapshotView:
    """The state of these accounts as it was, folded from the log. Errors: LogError, KeysUnavailable."""
    identity = Identity(settings.region, settings.partitions, open_keys(settings).record_key)
    partitions = {partition_of(account, settings.partitions): until for account, until in accounts.items()}
    (local,) = await opened_logs(settings, local_log(settings.region))
    try:
        store = await fold_until(local, identity, partitions, told)
    finally:
        await local.close()
    snapshot = store.read()
    return SnapshotView(snapshot, settings.partitions, Moment(settings.region, moment))
