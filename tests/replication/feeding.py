"""A region's feed over real mutual TLS, and its readers."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from replication.feed.feed import FeedLog, FeedServer, PeerFeed
from services.region_node.keys.region_keys import make_region_keys
from services.region_node.peers.feed_tls import feed_tls
from shared.crypto.region_certificate import region_domain
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, PEER, THIRD

NOW = time.time_ns() // 1_000_000
KEYS = {region: make_region_keys(region, 1, NOW) for region in (HOME, PEER, THIRD)}
CARDS = {region: KEYS[region].card for region in (HOME, PEER)}
"""The third is a stranger to the two others, which it knows."""
PARTITIONS = 2


class Feeding:
    """The home region's feed; `log_of` is how a region reads it."""

    def __init__(self) -> None:
        self.log = ScriptedLog("keytide.us-east-1.shared", PARTITIONS)
        self.server = FeedServer(self.log, feed_tls(KEYS[HOME], CARDS, NOW).server)
        self._opened: list[FeedLog | PeerFeed] = []

    def log_of(self, region: str, expected: str = HOME) -> FeedLog:
        tls = feed_tls(KEYS[region], CARDS, NOW).client
        feed = PeerFeed(self.log.name, ("127.0.0.1", self.server.port), tls, region_domain(expected))
        log = FeedLog(feed, PARTITIONS)
        self._opened.append(log)
        return log

    def feed_of(self, region: str) -> PeerFeed:
        """How a region asks it anything."""
        tls = feed_tls(KEYS[region], CARDS, NOW).client
        feed = PeerFeed("the feed", ("127.0.0.1", self.server.port), tls, region_domain(HOME))
        self._opened.append(feed)
        return feed

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A raw connection of the pinned peer."""
        tls = feed_tls(KEYS[PEER], CARDS, NOW).client
        return await asyncio.open_connection(
            "127.0.0.1", self.server.port, ssl=tls, server_hostname=region_domain(HOME)
        )

    async def close(self) -> None:
        for log in self._opened:
            await log.close()
        await self.server.close()


@asynccontextmanager
async def feeding() -> AsyncIterator[Feeding]:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    side = Feeding()
    await side.server.start("127.0.0.1", 0)
    try:
        yield side
    finally:
        await side.close()
    assert [report for report in reports if not isinstance(report.get("exception"), ssl.SSLError)] == []
