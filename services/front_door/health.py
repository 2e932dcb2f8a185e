"""The door's /healthz: it is alive itself, and says what it sees of every region.

Owns asking each region's /readyz and the JSON that comes of it.
"""

import asyncio
from collections.abc import Sequence

import h11
import orjson

from services.front_door.refusals import Answer, Refused
from services.front_door.upstream import Upstream

ASKING_SECONDS = 2.0


async def health(upstream: Upstream, regions: Sequence[str]) -> Answer:
    """200 always: the door answers. `status` is `ready` when every region is."""
    states = await asyncio.gather(*(region_state(upstream, region) for region in regions))
    ready = all(state == "ready" for state in states)
    report = {"status": "ready" if ready else "degraded", "regions": dict(zip(regions, states, strict=True))}
    body = orjson.dumps(report)
    length = str(len(body)).encode()
    return Answer(200, ((b"Content-Type", b"application/json"), (b"Content-Length", length)), body)


async def region_state(upstream: Upstream, region: str) -> str:
    """`ready`, `not ready` or `down`."""
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            return await _ask(upstream, region)
    except (Refused, OSError, h11.ProtocolError):
        return "down"


async def _ask(upstream: Upstream, region: str) -> str:
    wire = await upstream.connect(region)
    try:
        headers = [("Host", region), ("Connection", "close")]
        wire.queue(h11.Request(method="GET", target="/readyz", headers=headers))
        wire.queue(h11.EndOfMessage())
        await wire.flush()
        while not isinstance(event := await wire.next_event(), h11.Response):
            if isinstance(event, h11.ConnectionClosed):
                return "down"
        return "ready" if event.status_code == 200 else "not ready"
    finally:
        wire.close()
