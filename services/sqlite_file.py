"""How an SQLite file is opened: what is not found good on the way is closed again.

Owns the connection's settings. Whoever opens has it in every thread, one at a time, and says itself where transactions
begin and end.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import quote


@contextmanager
def opened(path: Path, mode: str, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection that stays open after the block, unless that fails. Errors: sqlite3.Error.

    `mode` is SQLite's: "ro" or "rw", both of a file that there is, and what may follow in such an address
    (https://www.sqlite.org/uri.html). `busy_seconds`: so long another process's lock is waited for.
    """
    address = f"file:{quote(str(path))}?mode={mode}"
    with ExitStack() as opening:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=busy_seconds
        )
        opening.enter_context(closing(connection))
        yield connection
        opening.pop_all()
