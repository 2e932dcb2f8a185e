"""How soon a region has what another has acknowledged: measured all the time, through everything.

Owns the probe: a tag of a key whose tags are in common is set at its primary, and looked for at a replica. The delay
runs from the acknowledgement to the first answer that shows it; asking takes some milliseconds, which count.
"""

import threading
import time
from typing import NamedTuple

from services.drill.calls import Outcome
from services.drill.client import Client
from tests.faults.campaign.asking import TAG
from tests.faults.campaign.calls import Calls

PAUSE_SECONDS = 0.05
ASKING_SECONDS = 0.002


class Sample(NamedTuple):
    """Moments of the monotonic clock, in seconds."""

    acknowledged: float
    seen: float

    @property
    def delay(self) -> float:
        return self.seen - self.acknowledged


class Probe:
    """From `near`, the primary of `key`, to `far`."""

    def __init__(self, calls: Calls, near: Client, far: Client, key: str) -> None:
        self._calls, self._near, self._far, self._key = calls, near, far, key
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self.samples: list[Sample] = []
        self.acknowledged: list[str] = []

    def start(self) -> "Probe":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _repeat(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            name = self._calls.name()
            tags = [{"TagKey": TAG, "TagValue": name}]
            if self._near.attempt(name, "TagResource", {"KeyId": self._key, "Tags": tags}).outcome is Outcome.OK:
                acknowledged = time.monotonic()
                self.acknowledged.append(name)
                if self._is_seen(name):
                    self.samples.append(Sample(acknowledged, time.monotonic()))

    def _is_seen(self, name: str) -> bool:
        while tag_value(self._far, self._calls.name(), self._key) != name:
            if self._over.wait(ASKING_SECONDS):
                return False
        return True


def tag_value(client: Client, name: str, key: str) -> str:
    """What the probe has set last, as far as the region has it. "" where it does not answer."""
    answer = client.attempt(name, "ListResourceTags", {"KeyId": key}).answer
    return next((str(tag["TagValue"]) for tag in answer.get("Tags", ()) if tag["TagKey"] == TAG), "")
