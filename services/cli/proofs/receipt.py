"""`keytide receipt verify`: what a receipt proves, told from the regions' cards and nothing else.

Owns where cards come from and how the proof reads. The check is in `replication/records/receipt.py`.
"""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from replication.pulses.pulse import Verify
from replication.records.receipt import NotAReceipt, Receipt, verify_receipt
from services.cli.faults import CannotStart
from services.cli.region_state import believed_cards, damage_of, nodes_in, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.crypto.region_identity import verify_signature


def main(arguments: Namespace) -> int:
    """0: the receipt holds; what it proves is printed. Errors: CannotStart where it does not, or a card is missing."""
    identities = believed_identities(arguments)
    verify = verify_by_cards(identities, lambda region: f"{arguments.file}: {no_card_of(region, arguments.cards)}")
    try:
        receipt = verify_receipt(arguments.file.read_text(errors="replace"), verify)
    except NotAReceipt as error:
        raise CannotStart(f"{arguments.file}: the receipt does not hold: {error}") from None
    print("\n".join(lines(receipt)))
    return 0


def believed_identities(arguments: Namespace) -> Mapping[str, bytes]:
    """Of the cards in `--cards`, or of those that the regions in `--directory` believe. Errors: CannotStart."""
    placed = arguments.cards
    return identities_of(placed_in(placed) if placed is not None else believed_cards_of(arguments.directory))


def verify_by_cards(identities: Mapping[str, bytes], lacking: Callable[[str], str]) -> Verify:
    """A region without a card ends the check with what `lacking` says: its signature may be good."""

    def verify(region: str, message: bytes, signature: bytes) -> bool:
        if region not in identities:
            raise CannotStart(lacking(region))
        return verify_signature(identities[region], message, signature)

    return verify


def no_card_of(region: str, placed: Path | None) -> str:
    """What to say where a region's card is missing: nothing is wrong with what it should check."""
    if placed is None:
        return f"no region in the directory believes a card of {region}"
    skipped = ", ".join(path.name for path in _files(placed) if not _is_named_as_card(path))
    others = f"; not read: {skipped}" if skipped else ""
    return f"no card of {region} in {placed}, where files named card or *.card are read{others}"


def identities_of(cards: Iterable[RegionCard]) -> Mapping[str, bytes]:
    """Region -> identity. Errors: CannotStart for a region of which there are two."""
    identities: dict[str, bytes] = {}
    for card in cards:
        if identities.setdefault(card.region, card.identity) != card.identity:
            raise CannotStart(f"there are two different cards of {card.region}; see keytide cards")
    return identities


def placed_in(directory: Path) -> Iterator[RegionCard]:
    """Card files. Errors: CannotStart."""
    for path in filter(_is_named_as_card, _files(directory)):
        try:
            yield decode_card(path.read_bytes())
        except MalformedCard as error:
            raise CannotStart(f"{path}: {error}") from error


def _files(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


def _is_named_as_card(path: Path) -> bool:
    return path.name == "card" or path.suffix == ".card"


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
