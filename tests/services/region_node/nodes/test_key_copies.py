"""A node that lacks a key of its region asks the others one after the other, until one gives the key of the log."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.region_node.erasure.fresh_keys import FreshKeys, fingerprint_of
from services.region_node.keys.cabinet import MemoryCabinet, domain_file
from services.region_node.nodes.handover import sealed_key
from services.region_node.nodes.key_copies import KeyCopies
from services.region_node.nodes.node_keys import make_node_keys
from shared.crypto.node_card import NodeCard, decode_node_card
from shared.nodes.model import Node
from shared.secrets import Secret

REGION, NAME = "us-east-1", domain_file(3, 2)
KEYS = make_node_keys(REGION, "node-1", 0)
CARD: NodeCard = decode_node_card(KEYS.encoded_card)
RIGHT, WRONG = Secret(b"r" * 32), Secret(b"w" * 32)
SEALED_RIGHT, SEALED_WRONG = (sealed_key(NAME, key, CARD) for key in (RIGHT, WRONG))


async def fetched(*given: bytes, fingerprint: bytes = fingerprint_of(NAME, RIGHT)) -> Mapping[str, Secret]:
    """What comes of it when the others, in turn, give these bytes for the key."""
    names = [f"node-{number}" for number in range(2, 2 + len(given))]
    answers = dict(zip(names, given, strict=True))

    async def ask(node: Node, question: Sequence[Any], _seconds: float) -> list[tuple[str, bytes]]:
        return [(name, answers[node.node]) for name in question[1]]

    others = {name: Node(name, b"", "", 0) for name in names}
    fresh: FreshKeys = None  # type: ignore[assignment]  # nothing is made here
    copies = KeyCopies("node-1", KEYS, MemoryCabinet({}), fresh, 34, lambda: others, lambda _: True, ask)
    return await copies.fetch({NAME: fingerprint})


async def test_where_one_node_gives_another_key_the_next_is_asked() -> None:
    assert await fetched(SEALED_WRONG, SEALED_RIGHT) == {NAME: RIGHT}
    assert await fetched(SEALED_WRONG, SEALED_WRONG) == {}


async def test_what_does_not_open_keeps_nobody_else_from_giving_the_key() -> None:
    assert await fetched(b"junk", SEALED_RIGHT) == {NAME: RIGHT}


async def test_of_a_key_whose_fingerprint_the_log_does_not_tell_the_first_is_taken() -> None:
    assert await fetched(SEALED_WRONG, SEALED_RIGHT, fingerprint=b"") == {NAME: WRONG}
