"""The keys of a region that stand under an index, whatever their accounts."""

from replication.state.state_store import INDEXES, StateStore, partition_prefix, row_key
from shared.keys.commands import KeyName


def indexed_keys(store: StateStore, partitions: int, region: str, index: str) -> list[KeyName]:
    """`index`: what stands before account and key id in the names of the index."""
    names = []
    with store.read() as snapshot:
        for partition in range(partitions):
            prefix = row_key(partition, index)
            for row, _ in snapshot.scan(INDEXES, prefix, prefix):
                _, account, key_id = row[len(partition_prefix(partition)) :].decode().split("/")
                names.append(KeyName(region, account, key_id))
    return names
