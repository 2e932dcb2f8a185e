"""Which of LMDB's errors mean that its file is damaged.

LMDB 0.9 has no checksums: a page that has decayed is noticed only where its structure is impossible, and LMDB may then
end the process; reading beyond the end of a file that was cut is a SIGBUS.
"""

from typing import Final

import lmdb

CORRUPT: Final = (
    lmdb.InvalidError,
    lmdb.CorruptedError,
    lmdb.PageNotFoundError,
    lmdb.VersionMismatchError,
    lmdb.BadTxnError,  # LMDB gave the transaction up, having met something impossible
    lmdb.PanicError,
)
