"""What an import token holds, written and read."""

import msgpack
import pytest

from shared.crypto.import_token import ImportToken, decode_token, encode_token
from shared.crypto.key_wrapping import make_wrapping_key
from shared.secrets import Secret

TOKEN = ImportToken("RSAES_OAEP_SHA_256", 1_700_000_000_000, Secret(b"private"))
LONGEST = 6144
"""Bytes that the API lets a token have; wrapping adds less than 100."""


def test_a_token_is_read_as_it_was_written() -> None:
    assert decode_token(encode_token(TOKEN)) == TOKEN


def test_the_longest_token_fits_the_api() -> None:
    token = TOKEN._replace(algorithm="RSA_AES_KEY_WRAP_SHA_256", private=make_wrapping_key("RSA_4096").private)
    assert len(encode_token(token).reveal()) < LONGEST - 100


@pytest.mark.parametrize(
    "content",
    [b"", b"\xc1", *map(msgpack.packb, [(), (2, "a", 1, b"p"), (1, b"a", 1, b"p"), (1, "a", 1.5, b"p"), (1, "a", 1)])],
)
def test_anything_else_is_no_token(content: bytes) -> None:
    with pytest.raises(ValueError, match="not an import token"):
        decode_token(Secret(content))
