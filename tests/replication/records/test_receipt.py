"""A receipt proves what it says to whoever has the regions' cards, and nothing else to anybody."""

import base64

import pytest
from msgspec.structs import replace

from replication.records.change_position import ChangePosition, parse_position, position_after
from replication.records.position import EMPTY_HEAD, NO_HASH
from replication.records.receipt import (
    FORMAT_VERSION,
    NotAReceipt,
    Receipt,
    Statement,
    encode_receipt,
    verify_receipt,
)
from tests.replication.pulses.signed_pulses import head, pulse, signed, verify
from tests.replication.written_log import HOME, IDENTITIES, PEER, START, THIRD

CHANGED = head(5)


def statement(region: str = PEER, adopted: int = 5, delay: int = 40) -> Statement:
    return Statement(region, delay, signed(pulse(0, region=region, time=START + 40, adopted=(adopted,))))


RECEIPT = Receipt(
    FORMAT_VERSION, HOME, 0, 17, 5, CHANGED.digest, START, START + 50, (statement(), statement(THIRD, adopted=8))
)
REGIONAL = replace(RECEIPT, number=0, hash=NO_HASH, time=0, statements=())


def text(receipt: Receipt, signer: str = HOME) -> str:
    return encode_receipt(receipt, IDENTITIES[signer].sign)


@pytest.mark.parametrize("receipt", [RECEIPT, REGIONAL, replace(RECEIPT, statements=())])
def test_a_receipt_is_verified_by_cards_alone(receipt: Receipt) -> None:
    assert verify_receipt(text(receipt) + "\n", verify) == receipt


def test_a_receipt_names_the_position_that_the_client_was_told() -> None:
    assert RECEIPT.position == position_after(HOME, 0, 17, CHANGED)
    assert REGIONAL.position == position_after(HOME, 0, 17, None)


def test_no_character_of_a_receipt_can_be_changed() -> None:
    whole = text(RECEIPT)
    for place, character in enumerate(whole):
        other = "A" if character != "A" else "B"
        with pytest.raises(NotAReceipt):
            verify_receipt(whole[:place] + other + whole[place + 1 :], verify)


@pytest.mark.parametrize("nonsense", ["", "nonsense", "é", "AAAA"])
def test_what_is_no_receipt_is_told_in_words(nonsense: str) -> None:
    with pytest.raises(NotAReceipt, match=r"^not a receipt: it is not base64 of anything signed$"):
        verify_receipt(nonsense, verify)


def test_no_bit_of_a_receipt_can_be_flipped() -> None:
    encoded = base64.b64decode(text(RECEIPT))
    for place in range(len(encoded)):
        flipped = bytearray(encoded)
        flipped[place] ^= 1
        with pytest.raises(NotAReceipt):
            verify_receipt(base64.b64encode(bytes(flipped)).decode(), verify)


@pytest.mark.parametrize(
    ("receipt", "reason"),
    [
        (replace(RECEIPT, statements=(statement(adopted=4),)), "does not say that it has adopted record 5"),
        (replace(RECEIPT, hash=b"\x01" * 32), "does not say that it has adopted record 5"),
        (replace(RECEIPT, partition=1), "does not say that it has adopted record 5"),
        (replace(RECEIPT, statements=(statement(delay=1),)), "is not what its pulse says"),
        (replace(RECEIPT, time=START + 1), "is not what its pulse says"),
        (replace(RECEIPT, statements=(replace(statement(), region=THIRD),)), "is not what its pulse says"),
        (replace(RECEIPT, statements=(statement(), statement())), "states it twice"),
        (replace(RECEIPT, statements=(Statement(PEER, 40, b"junk"),)), f"the statement of {PEER}: not a pulse"),
        (replace(REGIONAL, statements=RECEIPT.statements), "has no statements of others"),
        (replace(RECEIPT, format=0), "known form"),
    ],
)
def test_a_region_that_signs_more_than_the_others_have_said_is_found_out(receipt: Receipt, reason: str) -> None:
    with pytest.raises(NotAReceipt, match=reason):
        verify_receipt(text(receipt), verify)


@pytest.mark.parametrize(
    "wrong",
    ["", "a", "a/0", "a/0/1/2", f"a/0/1/0/{'0' * 32}", f"a/0/1/2/{'0' * 31}", "a/-1/1", "a/0/1\n", "a/0/٣", "A/0/1"],
)
def test_what_is_no_position_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not the position of a change"):
        parse_position(wrong)


def test_a_region_that_has_shared_nothing_yet_has_no_shared_position() -> None:
    assert position_after(HOME, 0, 3, EMPTY_HEAD) == ChangePosition(HOME, 0, 3)
