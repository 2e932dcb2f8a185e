"""The keys of the region on its other nodes: fresh ones are handed to all of them, and who lacks one asks.

Owns both ends of these questions. A key goes sealed to the card of the node that gets it, whatever carries it. A copy
counts once that node has it on its disk, and has said so by the key's own fingerprint.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from services.region_node.erasure.fresh_keys import FreshKeys, fingerprint_of, is_key_of_region, may_stand
from services.region_node.keys.cabinet import Cabinet
from services.region_node.nodes.channel import DESTROY, KEEP, KEYS, Reply
from services.region_node.nodes.handover import opened_key, sealed_key
from services.region_node.nodes.node_keys import NodeKeys
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.node_card import MalformedNodeCard, decode_node_card
from shared.nodes.model import Node
from shared.secrets import Secret

KEYS_SECONDS = 5.0
"""For the answer about one key: so long an advance waits for a node that has been heard in the last moments."""
DESTROY_SECONDS = 20.0

log = logging.getLogger(__name__)

Ask = Callable[[Node, Sequence[Any], float], Awaitable[Any]]
"""(node, question, seconds): its answer. Errors: OSError."""


class Copies(Protocol):
    """Where the keys of a region stand."""

    def nodes(self) -> frozenset[str]:
        """All nodes of the region, as the state knows them now."""

    async def stand(self, name: str, key: Secret) -> frozenset[str]:
        """Hand a key that is kept here to all nodes. Those that have it on their disks now, this one among them."""

    async def fetch(self, wanted: Mapping[str, bytes]) -> dict[str, Secret]:
        """Those of the keys that other nodes have. `wanted`: their fingerprints by name, b"" where none is known."""

    async def is_lost(self, name: str) -> bool:
        """Whether no node of the region has the key. One that does not answer may have it."""

    async def destroy(self) -> None:
        """Let the other nodes destroy what nothing rests on any more, now."""


class KeyCopies:
    """Of the node `own`. `others`: those that the state knows besides, by name; `hears`: whether one was heard lately.
    `node_keys`: None without a channel.
    """

    def __init__(
        self,
        own: str,
        node_keys: NodeKeys | None,
        cabinet: Cabinet,
        fresh: FreshKeys,
        buckets: int,
        others: Callable[[], Mapping[str, Node]],
        hears: Callable[[str], bool],
        ask: Ask,
    ) -> None:
        self._own, self._node_keys, self._cabinet, self._fresh = own, node_keys, cabinet, fresh
        self._buckets, self._others, self._hears, self._ask = buckets, others, hears, ask
        self.destroying: Callable[[], Awaitable[bool]] | None = None
        """What destroys here when another node asks for it."""

    @property
    def answers(self) -> Mapping[str, Reply]:
        """What the other nodes may ask."""
        return {KEYS: self._give, KEEP: self._keep, DESTROY: self._destroy}

    def nodes(self) -> frozenset[str]:
        return frozenset((self._own, *self._others()))

    async def stand(self, name: str, key: Secret) -> frozenset[str]:
        others = self._others()
        kept = await asyncio.gather(*(self._is_kept(node, name, key) for node in others.values()))
        return frozenset((self._own, *(node for node, has in zip(others, kept, strict=True) if has)))

    async def fetch(self, wanted: Mapping[str, bytes]) -> dict[str, Secret]:
        """From the first of the others that has them: where one gives another key, the next is asked."""
        found: dict[str, Secret] = {}
        for node in self._others().values():
            given = await self._given(node, [name for name in wanted if name not in found]) or {}
            right = {name: key for name, key in given.items() if may_stand(name, key, wanted[name])}
            for name in given.keys() - right.keys():
                log.error("a node gave another key than the log knows", extra={"node": node.node, "key": name})
            found |= right
        return found

    async def is_lost(self, name: str) -> bool:
        given = await asyncio.gather(*(self._given(node, [name]) for node in self._others().values()))
        return all(found is not None and name not in found for found in given)

    async def destroy(self) -> None:
        await asyncio.gather(*(self._told(node) for node in self._others().values()))

    async def _is_kept(self, node: Node, name: str, key: Secret) -> bool:
        if not self._hears(node.node):  # it is away: buckets advance one by one, and none waits for it again
            return False
        try:
            question = (KEEP, name, sealed_key(name, key, decode_node_card(node.card)))
            return bool(await self._ask(node, question, KEYS_SECONDS) == fingerprint_of(name, key))
        except (OSError, MalformedNodeCard) as error:
            log.warning("a node has not got a fresh key", extra={"node": node.node, "key": name, "reason": str(error)})
            return False

    async def _given(self, node: Node, names: Sequence[str]) -> dict[str, Secret] | None:
        """None: it has not answered."""
        if not names or self._node_keys is None:
            return {}
        try:
            sealed = await self._ask(node, (KEYS, names), KEYS_SECONDS)
        except OSError:
            return None
        return dict(_opened(node, {name: key for name, key in sealed if name in names}, self._node_keys))

    async def _told(self, node: Node) -> None:
        try:
            await self._ask(node, (DESTROY,), DESTROY_SECONDS)
        except OSError as error:
            log.info("a node destroys its keys later", extra={"node": node.node, "reason": str(error)})

    async def _give(self, who: str, names: Sequence[str]) -> list[tuple[str, bytes]]:
        """Only keys that the log knows: a fresh one is not anybody's yet."""
        card = decode_node_card(self._others()[who].card)
        kept = {name for name in names if is_key_of_region(name, self._buckets)} & {*self._cabinet.names()}
        return [(name, sealed_key(name, self._cabinet.open(name), card)) for name in sorted(kept)]

    async def _keep(self, who: str, name: str, sealed: bytes) -> bytes:
        if self._node_keys is None or not is_key_of_region(name, self._buckets):
            return b""
        try:
            known_by = self._fresh.keep(name, opened_key(name, sealed, self._node_keys))
        except (SecretUnavailable, ValueError) as error:
            log.error("a key was handed over that is none", extra={"node": who, "key": name, "reason": str(error)})
            return b""
        self._fresh.settle()
        return known_by

    async def _destroy(self, _who: str) -> bool:
        return self.destroying is not None and await self.destroying()


def _opened(node: Node, sealed: Mapping[str, bytes], node_keys: NodeKeys) -> Iterator[tuple[str, Secret]]:
    """What was sealed to this node; of what was not, another node is asked."""
    for name, key in sealed.items():
        try:
            yield name, opened_key(name, key, node_keys)
        except SecretUnavailable as error:
            log.error(
                "a node gave a key that does not open", extra={"node": node.node, "key": name, "reason": str(error)}
            )
