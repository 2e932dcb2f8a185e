"""What clients have asked while a drill lasts, and what they heard.

Owns the record of calls. Moments are seconds since the load began, by this machine's monotonic clock.
"""

import time
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    """Surely not carried out: a refusal that says so, or no connection at all."""
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What of a region's service a call asks for."""

    CRYPTOGRAPHY = "cryptography"
    """Encrypt and Decrypt under a key that every region holds."""
    CHANGES = "changes"
    """The life of single-region keys: create, disable, schedule the deletion."""
    SYNCHRONOUS = "synchronous changes"
    """Multi-region keys, each acknowledged once another region has it."""
    COMMON = "changes in common"
    """Of a key's tags, which all of its regions have in common; its primary decides."""


class Call(NamedTuple):
    """One attempt, without any retry. `code`: AWS's, or the name of what the connection has met; "" for a success."""

    region: str
    kind: Kind
    operation: str
    began: float
    ended: float
    outcome: Outcome
    code: str = ""


class Calls(list[Call]):
    """All that were made, from any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def now(self) -> float:
        """The present moment."""
        return time.monotonic() - self._began
