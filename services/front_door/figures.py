"""What the front door counts: requests by the region asked and how that ended, and who is at the door.

Owns the door's /metrics.
"""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST

from services.front_door.crowd import Crowd
from services.front_door.refusals import Answer
from services.metrics.exposition import expose
from services.metrics.family import Sample
from services.metrics.tally import Counts

NO_REGION = "none"
"""Asked by a request that the door refuses before it knows whom to ask."""
CUT_OFF = "cut off"
"""The client, or the region in the middle of its answer, went away."""


class DoorFigures:
    """Of one front door."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd, self._requests = crowd, Counts("door_requests")

    def note(self, region: str, outcome: str) -> None:
        """One request. `outcome`: the class of the region's status, as `2xx`; the code of the door's own refusal; or
        `CUT_OFF`."""
        self._requests.note(region, outcome)

    async def metrics(self) -> Answer:
        """The exposition text (Prometheus, version 0.0.4)."""
        body = expose(self._samples(), {})
        headers = ((b"Content-Type", CONTENT_TYPE_LATEST.encode()), (b"Content-Length", str(len(body)).encode()))
        return Answer(200, headers, body)

    def _samples(self) -> Iterator[Sample]:
        yield from self._requests.samples()
        crowd = self._crowd.told()
        yield Sample("door_connections", (), crowd.connections)
        yield Sample("door_held_bytes", (), crowd.held_bytes)
        yield Sample("door_connections_dismissed", (), crowd.dismissed)
        yield Sample("door_connections_turned_away", (), crowd.turned_away)
