"""The header that tells a client that no peer has confirmed what its answer rests on.

Owns its name. What was revoked before the region's disk was put back may be in force in such an answer.
"""

from replication.state.served_state import ServedState

UNWITNESSED_HEADER = b"x-keytide-unwitnessed"
"""On every answer: `unwitnessed` where no peer could be asked, `vouched` where an operator has vouched for the log."""


def unconfirmed_headers(served: ServedState) -> tuple[tuple[bytes, bytes], ...]:
    """None where the log is confirmed, or there are no peers."""
    return ((UNWITNESSED_HEADER, served.unconfirmed.encode()),) if served.unconfirmed else ()
