"""A report that its regions have signed, as a file.

Owns its form, JSON with the report, its hash, and of each region a statement and a card; and what holds of it.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

import orjson

from services.drill.faults import NotAReport
from services.drill.report import report_hash
from services.drill.statement import Statement, decode_statement
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.crypto.region_identity import verify_signature


class Attested(NamedTuple):
    """What a region has said: its statement, base64, and its card, hexadecimal digits."""

    statement: str
    card: str


class Verified(NamedTuple):
    """A report whose hash holds and whose regions have signed it. `strangers`: whose cards were not compared."""

    report: Mapping[str, Any]
    statements: Sequence[Statement]
    identities: Mapping[str, bytes]
    strangers: Sequence[str]


def encode_signed(report: Mapping[str, Any], attested: Sequence[Attested]) -> bytes:
    whole = {"report": report, "sha256": report_hash(report), "regions": [one._asdict() for one in attested]}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def verify_signed(content: bytes, believed: Mapping[str, bytes]) -> Verified:
    """`believed`: identities by region; a region that is not in it is taken at its word, and is told of.

    Errors: NotAReport.
    """
    try:
        whole = orjson.loads(content)
        report, claimed = whole["report"], str(whole["sha256"])
        attested = [Attested(str(one["statement"]), str(one["card"])) for one in whole["regions"]]
        took_part, scenario, passed = set(report["regions"]), report["plan"]["scenario"], report["passed"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotAReport("it is no report of a drill") from error
    if report_hash(report) != claimed:
        raise NotAReport("it was changed: its hash is another")
    cards = {card.region: card for card in map(_card, attested)}
    statements = [_stated(one, cards, believed) for one in attested]
    for one in statements:
        if (one.report, one.scenario, one.passed) != (claimed, scenario, passed):
            raise NotAReport(f"{one.region} has signed another report")
    _require_signers(took_part, {one.region for one in statements}, cards.keys())
    identities = {region: believed.get(region, card.identity) for region, card in cards.items()}
    return Verified(report, statements, identities, sorted(set(cards) - set(believed)))


def _require_signers(took_part: Set[str], signers: Set[str], with_cards: Set[str]) -> None:
    """What nobody has signed everybody can write."""
    if not took_part:
        raise NotAReport("no region took part in it, so nobody has signed it")
    if lacking := sorted(took_part - (signers & with_cards)):
        raise NotAReport(f"{', '.join(lacking)} took part and did not sign it")
    if others := sorted((signers | with_cards) - took_part):
        raise NotAReport(f"{', '.join(others)} took no part in it")


def _card(one: Attested) -> RegionCard:
    try:
        return decode_card(bytes.fromhex(one.card))
    except (MalformedCard, ValueError) as error:
        raise NotAReport("a region's card in it is none") from error


def _stated(one: Attested, cards: Mapping[str, RegionCard], believed: Mapping[str, bytes]) -> Statement:
    def verify(region: str, message: bytes, signature: bytes) -> bool:
        card = cards.get(region)
        identity = believed.get(region, card.identity if card is not None else None)
        return identity is not None and verify_signature(identity, message, signature)

    return decode_statement(one.statement, verify)
