"""`keytide receipt verify`: what a receipt proves, told from the regions' cards and nothing else.

Owns where cards come from and how the proof reads. The check is in `replication/records/receipt.py`.
"""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from replication.records.receipt import NotAReceipt, Receipt, verify_receipt
from services.cli.faults import CannotStart
from services.cli.region_state import believed_cards, damage_of, nodes_in, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.crypto.region_identity import verify_signature


def main(arguments: Namespace) -> int:
    """0: the receipt holds; what it proves is printed. Errors: CannotStart where it does not."""
    cards = placed_in(arguments.cards) if arguments.cards is not None else believed_cards_of(arguments.directory)
    identities = identities_of(cards)

    def verify(region: str, message: bytes, signature: bytes) -> bool:
        return region in identities and verify_signature(identities[region], message, signature)

    try:
        receipt = verify_receipt(arguments.file.read_text(errors="replace"), verify)
    except NotAReceipt as error:
        raise CannotStart(f"{arguments.file}: the receipt does not hold: {error}") from None
    print("\n".join(lines(receipt)))
    return 0


def identities_of(cards: Iterator[RegionCard]) -> Mapping[str, bytes]:
    """Region -> identity. Errors: CannotStart for a region of which there are two."""
    identities: dict[str, bytes] = {}
    for card in cards:
        if identities.setdefault(card.region, card.identity) != card.identity:
            raise CannotStart(f"there are two different cards of {card.region}; see keytide cards")
    return identities


def placed_in(directory: Path) -> Iterator[RegionCard]:
    """Card files. Errors: CannotStart."""
    for path in sorted(directory.iterdir()):
        if path.name == "card" or path.suffix == ".card":
            try:
                yield decode_card(path.read_bytes())
            except MalformedCard as error:
                raise CannotStart(f"{path}: {error}") from error


def believed_cards_of(directory: Path) -> Iterator[RegionCard]:
    """Of the regions in the directory, and of the peers that they believe."""
    for settings in nodes_in(directory, None):
        yield open_keys(settings).card
        yield from _of_peers(settings)


def _of_peers(settings: NodeSettings) -> Iterator[RegionCard]:
    with closing(state_of(settings, damage_of(settings))) as store:
        yield from believed_cards(settings, store).values()


def lines(receipt: Receipt) -> list[str]:
    """What is proven, line by line."""
    made = f"{receipt.region} signed at {_instant(receipt.issued)}: the change {receipt.position}"
    if not receipt.number:
        return [f"{made} is in force there", "it concerns this region alone: no other region holds what it changed"]
    stated = [f"  {one.region} has adopted it, within {one.delay} ms, and signed so" for one in receipt.statements]
    return [f"{made} was made at {_instant(receipt.time)}", *stated]


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
