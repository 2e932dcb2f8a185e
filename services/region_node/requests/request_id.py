"""Request ids: random UUIDs (RFC 9562, version 4), one on every answer.

Owns `RequestIds`, and that log lines bear the id of the request that is being answered. They are names, no secrets, so
the kernel's randomness is drawn for many of them at once; workers are spawned and never forked, so that no two
processes share what was drawn.
"""

from services.processes.log_lines import REQUEST_ID
from shared.crypto.entropy import random_bytes

DRAWN_AT_ONCE = 256
_VARIANT = "89ab"


class RequestIds:
    """An endless supply."""

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def fresh(self) -> str:
        """36 characters, lower case."""
        if not self._drawn:
            digits = random_bytes(16 * DRAWN_AT_ONCE).hex()
            self._drawn = [_uuid(digits[start : start + 32]) for start in range(0, len(digits), 32)]
        return self._drawn.pop()

    def begin(self) -> str:
        """A fresh one, which log lines bear from here on: of the current task, and of those that it starts."""
        request_id = self.fresh()
        REQUEST_ID.set(request_id)
        return request_id


def _uuid(digits: str) -> str:
    """32 random hex digits as a UUID; six of their bits give way to version and variant."""
    variant = _VARIANT[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
