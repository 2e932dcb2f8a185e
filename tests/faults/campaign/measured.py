"""What a fault measures while it holds, and how long a region needs to answer again.

Owns the asking: GenerateRandom, which every region answers without any key.
"""

import itertools
import time
from collections.abc import Sequence

from services.drill.calls import Outcome
from tests.faults.campaign.site import Site

ASKING_SECONDS = 0.02
PATIENCE_SECONDS = 90.0

Measured = dict[str, float]
"""Seconds, by what they are of."""


def until_answers(site: Site, regions: Sequence[str]) -> float:
    """Seconds from now until each of the regions has answered. Errors: TimeoutError."""
    began = time.monotonic()
    for region in regions:
        client = site.connect(region)
        for number in itertools.count():
            if client.attempt(f"answers/{number}", "GenerateRandom", {"NumberOfBytes": 8}).outcome is Outcome.OK:
                break
            if time.monotonic() > began + PATIENCE_SECONDS:
                raise TimeoutError(f"{region} does not answer")
            time.sleep(ASKING_SECONDS)
    return time.monotonic() - began
