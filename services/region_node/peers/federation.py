"""A region among its peers: whose cards it has pinned, who may read its feed, and whom it reads.

Owns what follows from a pinned card: the peer is let in, and a mirror for every partition reads its shared log; and
who can be asked as a witness. A card
that the operator places later, or that could not be pinned at the start, counts from the next round on, without a
restart.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

from replication.feed.adopted import FeedAdopted
from replication.feed.feed import Answering, FeedServer
from replication.feed.handing_on import FeedHandedOn
from replication.feed.heard import FeedHeard
from replication.feed.witnessed import QUESTION as WITNESSED
from replication.feed.witnessed import Cosigned, cosigning
from replication.log.event_log import Entry, EventLog
from replication.pulses.pulse_log import PeerVoice, PulseSource
from replication.sharing.mirror import Mirror
from replication.sharing.mirror_ends import Peer, SharedLog
from replication.sharing.publication import shared_log
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.peers.feed_tls import FeedTls, feed_tls
from services.region_node.peers.peer_cards import PeerCards, card_of
from services.region_node.replicator.node_logs import open_peer_log, open_peer_pulses, peer_feed
from services.region_node.replicator.partitions import Partition, kept_running
from services.region_node.settings.settings import NodeSettings, PeerSettings
from services.region_node.witness.asking import WitnessSource
from shared.crypto.region_card import MalformedCard, RegionCard
from shared.crypto.region_identity import verify_signature

CERTIFICATE_SECONDS = 24 * 3600.0

Pin = Callable[[Mapping[str, bytes]], Awaitable[None]]
"""Pin these encoded cards, by region."""
MirrorOf = Callable[[Peer, Partition], Mirror]
Hear = Callable[[str, PulseSource], Coroutine[Any, Any, None]]
"""Hear the pulses of this region, from there, for ever."""
Trouble = Callable[[str, str], None]
"""(place, what hinders there, or "")"""
ANSWER_SECONDS = 0.5
"""For an answer that is on its way to whoever had the identity replaced."""


class IdentityReplaced(Exception):
    """A peer that was believed has another identity now: nothing that was begun with the former may go on."""


class Federation:
    """`open` it at once; once the region is served, `serve`, and `admit` again and again. `now`: milliseconds.

    `opened`: told of each peer's log once it is open.
    """

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        cards: PeerCards,
        pin: Pin,
        mirror_of: MirrorOf,
        hear: Hear,
        trouble: Trouble,
        now: Callable[[], int],
        opened: Callable[[SharedLog], None],
    ) -> None:
        self._settings, self._keys, self._cards = settings, keys, cards
        self._pin, self._mirror_of, self._hear, self._trouble, self._now = pin, mirror_of, hear, trouble, now
        self._opened = opened
        self._tls = feed_tls(keys, {}, now())
        self._identities: dict[str, bytes] = {}
        """Of the peers that are trusted, as they were when that began."""
        self._replaced = asyncio.Event()
        self._read: set[str] = set()
        self._pulses: dict[str, _PeerPulses] = {}
        self._feed: FeedServer | None = None
        self._served: tuple[str, ...] = ()
        self.carriers: dict[str, FeedHandedOn] = {}
        """The peers that hand on what they have adopted, by region."""
        self.acknowledgers: dict[str, FeedAdopted] = {}
        """The peers that say at once what they have adopted of this region, by region."""
        self.listeners: dict[str, FeedHeard] = {}
        """The peers that tell again what they have heard, by region."""

    async def open(self, cosigned: Cosigned, group: asyncio.TaskGroup, closing: AsyncExitStack) -> None:
        """Answer the peers as a witness, for as long as `group` runs. Errors: OSError."""
        self._closing = closing
        self._trust(self.known_cards())
        group.create_task(kept_running("certificate", self._renew_certificate))
        self._feed = feed = FeedServer(None, self._tls.server)
        feed.offer(WITNESSED, cosigning(cosigned))
        await feed.start(self._settings.feed.host, self._settings.feed.port)
        closing.push_async_callback(feed.close)

    def serve(self, offered: Mapping[str, Answering], group: asyncio.TaskGroup) -> None:
        """Let the peers ask what is `offered`; adopt from them for as long as `group` runs."""
        self._group = group
        if self._feed is not None:
            self._served = tuple(offered)
            for question, answering in offered.items():
                self._feed.offer(question, answering)

    def share(self, shared: EventLog) -> None:
        """Let the peers read what this region has shared."""
        if self._feed is not None:
            self._feed.share(shared)

    def withdraw(self) -> None:
        """Let nobody read what this region has shared any more, nor ask for anything but what it has seen."""
        if self._feed is not None:
            self._feed.share(None)
            for question in self._served:
                self._feed.refuse(question)

    def offer_pulses(self, log: EventLog | None) -> None:
        """Let the peers read the region's pulses from now on; None: no more."""
        if self._feed is not None:
            self._feed.pulses = log

    async def admit(self, partitions: Sequence[Partition]) -> None:
        """Pin the cards that the operator has placed; trust and read the peers whose cards are pinned."""
        await self._pin(placed_cards(self._settings))
        cards = self._cards()
        if any(card.identity != self._identities.get(region, card.identity) for region, card in cards.items()):
            self._replaced.set()
            return
        self._trust(cards)
        for peer in self._settings.peers:
            known = peer.region in cards
            self._trouble(shared_log(peer.region), "" if known else self._lacking_card(peer.region))
            if known and peer.region not in self._read:
                self._adopt_from(peer, partitions)

    async def guard(self) -> None:
        """For as long as every peer is who it was. Errors: IdentityReplaced."""
        await self._replaced.wait()
        await asyncio.sleep(ANSWER_SECONDS)
        raise IdentityReplaced

    def _trust(self, cards: Mapping[str, RegionCard]) -> None:
        for region in sorted(cards.keys() - self._identities.keys() - {self._settings.region}):
            self._tls.trust(cards[region])
            self._identities[region] = cards[region].identity

    def _lacking_card(self, region: str) -> str:
        return f"no card of {region} is pinned; place the right one at {self._settings.peer_card_file(region)}"

    def _adopt_from(self, settings: PeerSettings, partitions: Sequence[Partition]) -> None:
        log = _PeerLog(settings, self._settings.partitions, self._tls, self._opened)
        self._closing.push_async_callback(log.close)
        peer = Peer(settings.region, log, partial(self.verify, settings.region))
        for partition in partitions:
            partition.adopt(self._group, self._mirror_of(peer, partition))
        self._ask(settings)
        hearing = partial(self._hear, settings.region, self._pulses_of(settings))
        self._group.create_task(kept_running(f"pulses of {settings.region}", hearing))
        self._read.add(settings.region)

    def _ask(self, settings: PeerSettings) -> None:
        """Be ready to ask the peer. A wait for one answer holds up no other on the same connection."""
        feed, partitions = (
            peer_feed(settings, f"the feed of {settings.region}", self._tls.client),
            self._settings.partitions,
        )
        if feed is not None:
            self._closing.push_async_callback(feed.close)
            self.carriers[settings.region] = FeedHandedOn(feed, partitions)
            self.acknowledgers[settings.region] = FeedAdopted(feed, partitions)
            self.listeners[settings.region] = FeedHeard(feed)

    def witnesses(self) -> Mapping[str, WitnessSource]:
        """The peers that can be asked what they have seen of this region: those whose cards are known by now."""
        known = self.known_cards()
        self._trust(known)
        return {peer.region: self._pulses_of(peer) for peer in self._settings.peers if peer.region in known}

    def known_cards(self) -> Mapping[str, RegionCard]:
        """The cards that are pinned, or will be: a region that was never served has pinned none.

        The region of a node that has joined was served: its log says whom it believes, and is read first.
        """
        placed = dict[str, RegionCard]()
        for region, encoded in () if self._settings.joined else placed_cards(self._settings).items():
            with suppress(MalformedCard):
                placed[region] = card_of(region, encoded)
        return placed | dict(self._cards())

    def verify(self, region: str, signed: bytes, signature: bytes) -> bool:
        """Whether the pinned identity of the peer has signed it."""
        card = self._cards().get(region)
        return card is not None and verify_signature(card.identity, signed, signature)

    def _pulses_of(self, settings: PeerSettings) -> "_PeerPulses":
        if settings.region not in self._pulses:
            self._pulses[settings.region] = pulses = _PeerPulses(settings, self._tls)
            self._closing.push_async_callback(pulses.close)
        return self._pulses[settings.region]

    async def _renew_certificate(self) -> None:
        while True:
            await asyncio.sleep(CERTIFICATE_SECONDS)
            self._tls.renew(self._keys, self._now())


class _PeerLog:
    """A peer's shared log, opened when it is first read: a peer that is away keeps nobody from starting."""

    def __init__(self, peer: PeerSettings, partitions: int, tls: FeedTls, opened: Callable[[SharedLog], None]) -> None:
        self._peer = peer
        self._partitions = partitions
        self._opened = opened
        self._tls = tls
        self._opening = asyncio.Lock()
        self._log: SharedLog | None = None

    async def read(self, partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]:
        async with self._opening:
            if self._log is None:
                self._log = await open_peer_log(self._peer, self._partitions, self._tls.client)
                self._opened(self._log)
        return await self._log.read(partition, start, limit, wait_seconds)

    async def close(self) -> None:
        if self._log is not None:
            await self._log.close()


class _PeerPulses:
    """A peer's pulses, opened when they are first read."""

    def __init__(self, peer: PeerSettings, tls: FeedTls) -> None:
        self._peer = peer
        self._tls = tls
        self._opening = asyncio.Lock()
        self._source: PeerVoice | None = None

    async def latest_pulses(self, after: int, wait_seconds: float) -> Sequence[Entry]:
        return await (await self._opened()).latest_pulses(after, wait_seconds)

    async def cosigned(self, region: str) -> bytes | None:
        return await (await self._opened()).cosigned(region)

    async def _opened(self) -> PeerVoice:
        async with self._opening:
            if self._source is None:
                self._source = await open_peer_pulses(self._peer, self._tls.client)
        return self._source

    async def close(self) -> None:
        if self._source is not None:
            await self._source.close()


def placed_cards(settings: NodeSettings) -> dict[str, bytes]:
    """The cards that the operator has placed for the peers of this node."""
    paths = {peer.region: settings.peer_card_file(peer.region) for peer in settings.peers}
    return {region: path.read_bytes() for region, path in paths.items() if path.exists()}
