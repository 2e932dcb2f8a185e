"""What a region's directory holds before its first start: a root, keys, its card and those of its peers.

Owns making them. Whoever was interrupted finds what there is already, and makes only what is lacking.
"""

import os
from collections.abc import Mapping

from services.durable_file import PRIVATE_DIRECTORY, replace_file
from services.region_node.keys.key_files import create_region_keys, open_keys
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.root import found_root
from services.region_node.settings.settings import NodeSettings


def found_keys(node: NodeSettings, now: int) -> RegionKeys:
    """The keys of a region that has stored nothing yet: made, or left by a start that was interrupted.

    `now` is integer milliseconds since 1970. Errors: KeysUnavailable.
    """
    root = found_root(os.environ, node.root_file)
    if has_keys(node):
        return open_keys(node)
    return create_region_keys(node.keys_directory, node.region, node.partitions, root, now)


def has_keys(node: NodeSettings) -> bool:
    """Whether the region's keys are there, whoever can open them."""
    return (node.keys_directory / node.region).exists()


def place_cards(node: NodeSettings, cards: Mapping[str, bytes]) -> None:
    """Place the region's own card, and those of its peers for it to pin, by region. Errors: OSError."""
    node.peer_card_file("").parent.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
    for region, card in cards.items():
        replace_file(node.card_file if region == node.region else node.peer_card_file(region), card)
