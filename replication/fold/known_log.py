"""Which logs a state belongs to.

Owns the check that a log is the one this state was built from, or was published into. A wiped topic, or another one
under the same name, would otherwise look like no news.
"""

from replication.log.event_log import EventLog, LogTruncated
from replication.state.state_store import ADAPTER, StateStore


async def require_known_log(store: StateStore, log: EventLog) -> None:
    """Remember the log's identity. Errors: LogTruncated for another one than before; LogError."""
    identity, key = (await log.identity()).encode(), b"identity/" + log.name.encode()
    with store.read() as snapshot:
        known = snapshot.get(ADAPTER, key)
    if known is None:
        with store.write() as transaction:
            transaction.put(ADAPTER, key, identity)
    elif known != identity:
        raise LogTruncated(
            f"{log.name} is not the log that this state belongs to: {_difference(known.decode(), identity.decode())}; "
            "bring the log back, or move the state directory away to build the state anew"
        )


def _difference(known: str, found: str) -> str:
    """Identities may have two parts: where a log is kept, as Kafka's id of the cluster, and the log itself there."""
    place, divided, _ = found.partition("/")
    if divided and place != known.partition("/")[0]:
        return f"it is in another cluster, {found}, known is {known}"
    return f"it was wiped or made anew as {found}, known is {known}"
