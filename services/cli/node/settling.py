"""What makes a directory a node's when nobody runs commands by hand: keys, cards and settings, or a token to join by.

Owns the order, and the waiting for what others have to lay down first. Keys are only made where the directory has no
settings yet: a node that has lost its keys must not start with others. A card is believed because of where it lies, so
whoever may write there is whom the region trusts: at its first start, and where its settings name a further peer.
"""

import asyncio
import time
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from replication.log.event_log import LogError
from services.cli.faults import CannotStart, fault_line
from services.cli.node.new_region import found_keys, has_keys, place_cards
from services.cli.up.progress import Progress
from services.clock import now_milliseconds
from services.durable_file import PRIVATE_DIRECTORY, replace_file
from services.plain_fault import PlainFault
from services.region_node.kafka.own_topics import written_topic
from services.region_node.nodes.joining import NewNode, join
from services.region_node.settings.settings import (
    SETTINGS_FILE,
    NodeSettings,
    placed_log,
    read_node_settings,
    stored_node_settings,
    write_node_settings,
)
from services.strict_settings import read_settings

CARD = "card"
LOOKING_SECONDS = 0.2
AGAIN_SECONDS = 5.0


def settled(arguments: Namespace, progress: Progress) -> NodeSettings:
    """The node's settings, once it has all that it starts with. Errors: those of `services/cli/faults.py`."""
    told = replace(read_settings(NodeSettings, arguments.settings), directory=arguments.directory)
    if arguments.door_socket is not None:
        told = replace(told, door_socket=arguments.door_socket)
    told.directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    if arguments.join:
        told = replace(told, node=arguments.name, channel=arguments.channel, joined=True)
    is_new = not _is_settled(told.directory)
    if told.joined:
        told = _further_node(told, arguments.invitations, progress)
    else:
        _first_node(told, arguments.show_card, progress)
    if arguments.cards is not None:
        place_cards(told, _shown_cards(arguments.cards, _believed(told, arguments.cards, is_new), progress))
    write_node_settings(told)
    return read_node_settings(told.directory, told.region)


def _first_node(told: NodeSettings, own: Path | None, progress: Progress) -> None:
    if not _is_settled(told.directory):
        _require_unwritten(told, progress)
        place_cards(told, {told.region: found_keys(told, now_milliseconds()).encoded_card})
    if own is not None:
        replace_file(own / CARD, told.card_file.read_bytes())


def _require_unwritten(told: NodeSettings, progress: Progress) -> None:
    """A region is founded once. Under other keys its log is foreign, and what is written there no other node reads.

    A log that is away is waited for. Errors: CannotStart.
    """
    if not has_keys(told) and (written := _written(told, progress)):
        raise CannotStart(
            f"{written}, of log in the settings, has entries already, and {told.directory} has none of its region's "
            f"keys: {told.region} is not founded again. Where another of its nodes is left, let this one join by a "
            "token, under a name that was never given (docs/nodes.md). Where none is, restore the region (keytide "
            "restore), or build it anew from its peers with new topics (keytide rebuild begin)"
        )


def _written(told: NodeSettings, progress: Progress) -> str | None:
    settings = replace(told, log=placed_log(told.log, told.directory))
    while True:
        try:
            return asyncio.run(written_topic(settings))
        except LogError as fault:
            progress.say(f"{told.region} is not founded before its log answers: {fault_line(fault)}")
            time.sleep(AGAIN_SECONDS)


def _believed(told: NodeSettings, cards: Path, is_new: bool) -> list[str]:
    """The peers whose cards are to be taken. A region that serves waits for nobody: those count who show theirs.

    A card that the region's log has pinned already is not exchanged by it.
    """
    if is_new and not told.joined:
        return [peer.region for peer in told.peers]
    without = (peer.region for peer in told.peers if not told.peer_card_file(peer.region).exists())
    return [region for region in without if (cards / region / CARD).exists()]


def _shown_cards(cards: Path, regions: Iterable[str], progress: Progress) -> dict[str, bytes]:
    return {region: _content(cards / region / CARD, f"the card of {region}", progress) for region in regions}


def _further_node(told: NodeSettings, invitations: Path | None, progress: Progress) -> NodeSettings:
    """The region's settings, with what is this node's own."""
    if not _is_settled(told.directory):
        _join(told, invitations, progress)
    own = stored_node_settings(told.directory, told.region)
    if own.node != told.node or not own.joined:
        raise CannotStart(
            f"{told.directory} is that of {own.node}, and {told.node} is to join: give it an empty directory (of a "
            f"pod: delete its claims, after {told.node} stands in nodes), or call it {own.node} again"
        )
    return replace(told, node=own.node, channel=own.channel, joined=own.joined, logs_of=own.logs_of)


def _join(told: NodeSettings, invitations: Path | None, progress: Progress) -> None:
    if invitations is None or told.channel is None:
        raise CannotStart("a node that joins needs --invitations and --channel; see keytide node --help")
    new = NewNode(told.directory, told.node, told.api, told.feed, told.channel, told.workers)
    while not _is_settled(told.directory):
        token = _content(invitations / new.node, f"a token for {new.node}", progress)
        try:
            asyncio.run(join(token.decode(), new))
        except PlainFault as fault:
            progress.say(f"{new.node} has not joined {told.region}: {fault}")
            time.sleep(AGAIN_SECONDS)


def _content(path: Path, what: str, progress: Progress) -> bytes:
    """What somebody else writes, whole or not at all, as soon as it is there."""
    if not path.exists():
        progress.say(f"waiting for {what} in {path}")
    while not path.exists():
        time.sleep(LOOKING_SECONDS)
    return path.read_bytes()


def _is_settled(directory: Path) -> bool:
    return (directory / SETTINGS_FILE).exists()
