"""A region's signed word as text: taken apart only as it was written, and believed only of whom it names."""

import base64

import msgpack
import pytest

from replication.records.signed_text import NotSignedText, decode_signed_text, encode_signed_text, has_signed
from shared.crypto.region_identity import verify_signature
from tests.replication.written_log import HOME, IDENTITIES, PEER

LABEL = b"keytide/example"
TEXT = encode_signed_text(LABEL, b"said", HOME, IDENTITIES[HOME].sign)


def verify(region: str, message: bytes, signature: bytes) -> bool:
    return verify_signature(IDENTITIES[region].public_bytes, message, signature)


def test_a_text_gives_what_was_signed_whatever_white_space_is_around_it() -> None:
    record = decode_signed_text(f" {TEXT}\n")
    assert (record.signed, record.key_id) == (b"said", HOME)
    assert has_signed(HOME, LABEL, record, verify)


def test_a_word_is_that_of_its_region_and_of_its_label_alone() -> None:
    record = decode_signed_text(TEXT)
    assert not has_signed(PEER, LABEL, record, verify)
    assert not has_signed(HOME, b"keytide/other", record, verify)
    assert not has_signed(HOME, LABEL, record._replace(signed=b"sail"), verify)


def longer_form() -> str:
    """The same values, one of them with a longer header than it needs."""
    encoded = base64.b64decode(TEXT)
    assert encoded[1:3] == b"\xc4\x04"
    return base64.b64encode(encoded[:1] + b"\xc5\x00\x04" + encoded[3:]).decode()


@pytest.mark.parametrize(
    "text",
    ["", "no base64", TEXT[:-4], base64.b64encode(msgpack.packb([1, 2, 3])).decode(), longer_form()],
    ids=["nothing", "no base64", "cut off", "other values", "written otherwise"],
)
def test_what_is_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(NotSignedText):
        decode_signed_text(text)
