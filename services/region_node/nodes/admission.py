"""Who comes into the region, moves and leaves: what a node does for that, and writes to the region's log.

Owns the tokens, the answer to who shows one, the removal, and the address that a node is reached at. A node is
admitted in every partition before it gets anything, and each admission is waited for like every change
(`Leases.held`): from then on no node can serve without knowing that the newcomer may write. A token that is shown twice
is void, by the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from replication.records.body import encode_change
from replication.state.state_store import StateStore
from replication.state.view_nodes import known_nodes, revision_of_node
from replication.writing.draft import Answer, Draft, settled
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.nodes.errors import NodeRefused
from services.region_node.nodes.handover import hand_over_region
from services.region_node.nodes.membership import Membership
from services.region_node.nodes.node_keys import NodeKeys
from services.region_node.nodes.tokens import (
    SECRET_LENGTH,
    MalformedToken,
    Token,
    decode_token,
    encode_token,
    is_signed_by,
)
from services.region_node.settings.settings import NodeSettings
from shared.crypto import entropy
from shared.crypto.node_card import MalformedNodeCard, NodeCard, decode_node_card
from shared.events import Event
from shared.nodes.events import NodeAdmitted, NodeMoved, NodeRemoved
from shared.nodes.streams import node_stream, node_token_stream

ADMITTED = "admitted"
REFUSED = "refused"
Submit = Callable[[Draft], Awaitable[Answer]]


class Own(NamedTuple):
    """What the node is and has."""

    settings: NodeSettings
    region_keys: RegionKeys
    node_keys: NodeKeys


class Admission:
    """Of one node. `renew`: have the lease looked at again, now. `held`: wait until all that a partition has applied
    binds every node. `now` gives integer milliseconds.
    """

    def __init__(
        self,
        own: Own,
        store: StateStore,
        membership: Membership,
        submit: Submit,
        renew: Callable[[], Awaitable[None]],
        held: Callable[[int], Awaitable[None]],
        now: Callable[[], int],
    ) -> None:
        self._own, self._store, self._membership = own, store, membership
        self._submit, self._renew, self._held, self._now = submit, renew, held, now

    async def token(self, seconds: int) -> str:
        """A token that is good for so many seconds. Errors: NodeRefused."""
        settings, keys = self._own.settings, self._own.node_keys
        if settings.channel is None:
            raise NodeRefused("this node has no channel, over which others could reach it")
        expires = self._now() + seconds * 1000
        secret = entropy.random_bytes(SECRET_LENGTH)
        token = Token(settings.region, settings.node, str(settings.channel), keys.certificate, secret, expires)
        self._membership.mark(token.id, expires)
        await self._renew()
        return encode_token(token, keys.identity)

    async def join(self, text: str, encoded_card: bytes, address: str) -> tuple[object, ...]:
        """The answer to who shows a token: (ADMITTED, what is handed over, signature) or (REFUSED, why)."""
        try:
            token, card = self._checked(text, encoded_card)
            await self._admit_itself()
            await self._admit(NodeAdmitted(card.node, encoded_card, address, token.id))
        except NodeRefused as refused:
            return REFUSED, refused.message
        own = self._own
        return ADMITTED, *hand_over_region(own.region_keys, own.settings, card, own.node_keys.identity)

    def _checked(self, text: str, encoded_card: bytes) -> tuple[Token, NodeCard]:
        """Errors: NodeRefused."""
        try:
            token, card = decode_token(text), decode_node_card(encoded_card)
            signed = any(is_signed_by(text, identity) for identity in self._identities(token.node))
        except (MalformedToken, MalformedNodeCard, AttributeError, TypeError) as error:
            raise NodeRefused(str(error)) from None
        region = self._own.settings.region
        if not signed or (token.region, card.region) != (region, region):
            raise NodeRefused(f"the token was made by no node of {region}")
        if token.expires < self._now():
            raise NodeRefused("the token has run out: make another one with keytide node token")
        return token, card

    def _identities(self, node: str) -> list[bytes]:
        """The identity of the node that has made a token, while it belongs to the region."""
        if node == self._own.settings.node:
            return [self._own.node_keys.identity.public_bytes]
        known = self._membership.members().others().get(node)
        return [] if known is None else [decode_node_card(known.card).identity]

    async def _admit_itself(self) -> None:
        """The first node of a region has no admission before there is a second one."""
        settings = self._own.settings
        if not settings.joined:
            card, address = self._own.node_keys.encoded_card, str(settings.channel)
            await self._admit(NodeAdmitted(settings.node, card, address))

    async def _admit(self, event: NodeAdmitted) -> None:
        """In every partition. Errors: NodeRefused, also where the name or the token was used for another card."""
        await asyncio.gather(*(self._admit_in(partition, event) for partition in self._partitions))

    async def _admit_in(self, partition: int, event: NodeAdmitted) -> None:
        if self._knows(partition, event):
            await self._held(partition)  # whoever has written it may not have lived to wait for it
        else:
            streams = [(node_stream(event.node), 0)]
            if event.token_id:
                streams.append((node_token_stream(event.token_id), 0))
            await self._write(partition, event, streams)
        if not self._knows(partition, event):
            raise NodeRefused(self._taken(partition, event))

    def _knows(self, partition: int, event: NodeAdmitted) -> bool:
        with self._store.read() as snapshot:
            node = known_nodes(snapshot, partition).get(event.node)
        return node is not None and not node.removed and node.card == event.card and node.token_id == event.token_id

    def _taken(self, partition: int, event: NodeAdmitted) -> str:
        """Whether token or name was there before, and what to do. Only who shows a token of this region is told this.

        Its signature was checked by then (`_checked`): nobody learns anything by guessing tokens.
        """
        with self._store.read() as snapshot:
            nodes = known_nodes(snapshot, partition)
        told = [
            f"the token was used already, for {node.node}: make another one with keytide node token"
            for node in nodes.values()
            if event.token_id and node.token_id == event.token_id
        ]
        if event.node in nodes:
            told.append(f"the name {event.node} was given before: names are for once, choose another with --name")
        if told:
            return "; ".join(told)
        return "its admission came to nothing: try again with the same token and the same --directory"

    async def announce(self) -> None:
        """Let the others know where this node is reached, where the log says otherwise. Errors: NodeRefused."""
        settings = self._own.settings
        event = NodeMoved(settings.node, str(settings.channel))
        for partition in self._partitions:
            with self._store.read() as snapshot:
                own = known_nodes(snapshot, partition).get(settings.node)
                revision = revision_of_node(snapshot, partition, settings.node)
            if own is not None and not own.removed and own.address != event.address:
                await self._write(partition, event, [(node_stream(settings.node), revision)])

    async def remove(self, node: str) -> None:
        """Take a node out of the region, for ever. Errors: NodeRefused."""
        if node == self._own.settings.node:
            raise NodeRefused("a node does not remove itself: ask another one of the region")
        found = [await self._remove_in(partition, node) for partition in self._partitions]
        if not any(found):
            raise NodeRefused(f"the region has no node {node}")
        await self._renew()

    async def _remove_in(self, partition: int, node: str) -> bool:
        """Whether there ever was such a node. That it is missed or returns in this very moment voids a removal."""
        while True:
            with self._store.read() as snapshot:
                known = known_nodes(snapshot, partition).get(node)
                revision = revision_of_node(snapshot, partition, node)
            if known is None or known.removed:
                return known is not None
            event = NodeRemoved(node, self._own.settings.node)
            await self._write(partition, event, [(node_stream(node), revision)])

    async def _write(self, partition: int, event: Event, streams: Sequence[tuple[str, int]]) -> None:
        draft = Draft(partition, None, tuple(streams), body=encode_change("", [event]))
        answer = await self._submit(draft)
        if not settled(answer.verdict) and answer.verdict != "void":
            raise NodeRefused(f"partition {partition} of the region's log takes no changes: {answer.answer}")

    @property
    def _partitions(self) -> range:
        return range(self._own.settings.partitions)
