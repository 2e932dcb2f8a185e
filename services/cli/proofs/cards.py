"""`keytide cards`: the fingerprints that people compare before one region believes another.

Owns what is told: of each region its own card, and the cards of its peers that it believes; or of a card in a file.
"""

from argparse import Namespace
from contextlib import closing
from pathlib import Path

from services.cli.faults import CannotStart
from services.cli.region_state import believed_cards, damage_of, nodes_in, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings
from shared.crypto.region_card import MalformedCard, decode_card, fingerprint


def main(arguments: Namespace) -> int:
    """0. Errors: those of `services/cli/faults.py`."""
    if arguments.file is not None:
        print(_of_file(arguments.file))
        return 0
    for settings in nodes_in(arguments.directory, arguments.region):
        print("\n".join(_lines(settings)))
    return 0


def _of_file(file: Path) -> str:
    try:
        card = decode_card(file.read_bytes())
    except MalformedCard as error:
        raise CannotStart(f"{file}: {error}") from error
    return f"{card.region}: {fingerprint(card.identity)}"


def _lines(settings: NodeSettings) -> list[str]:
    own = open_keys(settings).identity.public_bytes
    with closing(state_of(settings, damage_of(settings))) as store:
        cards = believed_cards(settings, store)
    believed = [
        f"  believes {region}: {fingerprint(card.identity)}"
        for region, card in sorted(cards.items())
        if region != settings.region
    ]
    return [f"{settings.region}: {fingerprint(own)}", *believed]
