"""A lost region's directory is made anew: another identity, another root, other keys, and no log.

Owns what is in it. The first sealing key is numbered far above those of the lost region, so that nothing which was
sealed to one of them passes for sealed to this one.
"""

import os
from collections.abc import Mapping
from dataclasses import replace

from services.durable_file import PRIVATE_DIRECTORY, replace_file
from services.plain_fault import PlainFault
from services.processes.command_line import PASSPHRASE_VARIABLE
from services.region_node.kafka.own_topics import written_topic
from services.region_node.keys.key_files import create_region_keys
from services.region_node.keys.root import create_root_file, find_root
from services.region_node.rebuild.new_directory import is_vacant, made_beside
from services.region_node.rebuild.rebuilding import mark_rebuilding
from services.region_node.settings.settings import NodeSettings, write_node_settings
from shared.crypto.region_card import RegionCard, decode_card
from shared.rebuild.decide import NUMBERS_APART


class CannotRebuild(PlainFault):
    """A region cannot be made anew there, or not of what was handed over. Nothing was written."""


def begin_anew(settings: NodeSettings, former_card: bytes, cards: Mapping[str, bytes], now: int) -> RegionCard:
    """Make the directory of `settings`; returns the new card. `former_card`: of the lost region; `cards`: of its peers,
    by region, encoded. `now`: integer milliseconds since 1970. Errors: CannotRebuild, KeysUnavailable, OSError.
    """
    directory, former = settings.directory, decode_card(former_card)
    if not is_vacant(directory):
        raise CannotRebuild(f"{directory} is not empty: it is kept. Move it away, or name another --directory")
    with made_beside(directory) as beside:
        card = _make(replace(settings, directory=beside), former, cards, now)
        mark_rebuilding(beside, former_card)
    return card


async def require_new_topics(settings: NodeSettings) -> None:
    """With Kafka the log is not in the directory: its topics are made, and must be empty. What a lost region has
    written there nobody could read any more, and its readers would take it for forged. Errors: CannotRebuild, LogError.
    """
    if written := await written_topic(settings):
        raise CannotRebuild(f"{written} is not empty: it is kept. A rebuild begins with new topics")


def _make(settings: NodeSettings, former: RegionCard, cards: Mapping[str, bytes], now: int) -> RegionCard:
    if PASSPHRASE_VARIABLE not in os.environ:
        create_root_file(settings.root_file)
    root = find_root(os.environ, settings.root_file)
    number = former.sealing_number + NUMBERS_APART
    keys = create_region_keys(settings.keys_directory, settings.region, settings.partitions, root, now, number)
    replace_file(settings.card_file, keys.encoded_card)
    for region, card in cards.items():
        settings.peer_card_file(region).parent.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        replace_file(settings.peer_card_file(region), card)
    write_node_settings(settings)
    return keys.card
