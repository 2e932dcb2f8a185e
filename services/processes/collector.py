"""Python's cyclic garbage collector in a process that holds much and makes few cycles.

Owns its settings. At the default a process that folds records or answers requests spends a sixth of its time looking
for cycles among millions of live objects, and a tenth of its start among the modules that it loads.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_OBJECTS = 100_000
OLDER_COLLECTIONS = 50


@contextmanager
def loading() -> Iterator[None]:
    """Modules are loaded inside: they live as long as the process, so that nothing is looked for among them."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def spare_the_collector() -> None:
    """Leave out of every collection what exists now, and collect rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, OLDER_COLLECTIONS, OLDER_COLLECTIONS)
