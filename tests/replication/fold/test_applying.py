"""What a transaction of the fold leaves behind: nothing."""

import gc
import weakref

from replication.fold.applying import Applying
from replication.fold.buffer import Buffer
from replication.state.memory_store import MemoryStore
from replication.state.partition_head import PartitionHead


def test_a_transaction_is_freed_without_the_collector() -> None:
    """A rebuild folds millions of records while the collector is spared: a cycle would keep all of them in memory."""
    gc.disable()
    try:
        with MemoryStore().write() as transaction:
            applying = Applying(Buffer(transaction), "us-east-1", 1, 0, PartitionHead())
            left = weakref.ref(applying)
            del applying
            assert left() is None
    finally:
        gc.enable()
