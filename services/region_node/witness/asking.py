"""Asking the peers what they have seen of this region.

Owns the questions: each peer is asked until it has answered once, and what it shows is believed only as far as this
region has signed it itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from replication.log.event_log import LogError
from replication.pulses.pulse import Verify
from replication.witness.checkpoint import NotACheckpoint, Seen, decode_cosignature, shown_in

RETRY_SECONDS = 0.2
LATER_SECONDS = 2.0
"""Once the region is served."""


class WitnessSource(Protocol):
    """A peer that can be asked."""

    async def cosigned(self, region: str) -> bytes | None:
        """Its cosignature over what it has seen of `region`; None from a peer that does not witness yet.

        Errors: LogError.
        """


Answered = Callable[[str, Sequence[Seen]], None]
"""(witness, the checkpoints that it has shown)"""


class Asking:
    """On behalf of `region`. `verify` uses the cards of all regions, the own one among them."""

    def __init__(self, region: str, verify: Verify, answered: Answered, trouble: Callable[[str, str], None]) -> None:
        self._region, self._verify, self._answered, self._trouble = region, verify, answered, trouble

    async def ask(self, witness: str, source: WitnessSource, seconds: Callable[[], float]) -> None:
        """Until it has answered. `seconds`: how long to wait before the next attempt."""
        place = f"witness {witness}"
        while True:
            try:
                shown = await self._shown(witness, source)
            except (LogError, NotACheckpoint) as error:
                self._trouble(place, str(error))
                await asyncio.sleep(seconds())
            else:
                self._trouble(place, "")
                self._answered(witness, shown)
                return

    async def _shown(self, witness: str, source: WitnessSource) -> Sequence[Seen]:
        encoded = await source.cosigned(self._region)
        if encoded is None:
            return ()
        cosignature = decode_cosignature(encoded, self._verify)
        if (cosignature.witness, cosignature.region) != (witness, self._region):
            raise NotACheckpoint(f"it is of {cosignature.witness} about {cosignature.region}")
        return shown_in(cosignature, self._verify)
