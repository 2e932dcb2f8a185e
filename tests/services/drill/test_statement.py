"""A region's signed word about a drill holds as it was signed, and in no other way."""

import base64

import pytest

from services.drill.faults import NotAReport
from services.drill.statement import FORMAT_VERSION, Statement, decode_statement, encode_statement
from shared.crypto.region_identity import RegionIdentity, verify_signature

REGION = RegionIdentity.generate()
OTHER = RegionIdentity.generate()
SAID = Statement(FORMAT_VERSION, "us-east-1", "region-loss", "5e" * 32, True, 1_700_000_000_000)


def verify(region: str, message: bytes, signature: bytes) -> bool:
    return region == "us-east-1" and verify_signature(REGION.public_bytes, message, signature)


def test_a_signed_statement_is_read_again() -> None:
    assert decode_statement(encode_statement(SAID, REGION.sign), verify) == SAID


def test_another_identity_has_not_signed_for_the_region() -> None:
    with pytest.raises(NotAReport, match="us-east-1 has not signed"):
        decode_statement(encode_statement(SAID, OTHER.sign), verify)


def test_no_bit_of_a_statement_can_be_changed() -> None:
    whole = base64.b64decode(encode_statement(SAID, REGION.sign))
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises(NotAReport):
            decode_statement(base64.b64encode(changed).decode(), verify)


@pytest.mark.parametrize("text", ["", "no base64", base64.b64encode(b"\x93").decode()])
def test_what_is_no_statement_is_refused(text: str) -> None:
    with pytest.raises(NotAReport):
        decode_statement(text, verify)
