"""The canonical bytes of an encryption context."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.encryption_context import EMPTY, encode_context

texts = st.text(alphabet="aAbé\x00\x01", max_size=4)
contexts = st.dictionaries(texts, texts, max_size=3)


def _decode(encoded: bytes) -> dict[str, str]:
    """Reads the encoding back: what can be read back was injective."""
    count, place, texts = int.from_bytes(encoded[:4], "big"), 4, []
    for _ in range(2 * count):
        length = int.from_bytes(encoded[place : place + 4], "big")
        texts.append(encoded[place + 4 : place + 4 + length].decode())
        place += 4 + length
    assert place == len(encoded)
    return dict(zip(texts[::2], texts[1::2], strict=True))


@given(context=st.dictionaries(st.text(), st.text(), max_size=5))
def test_encoding_can_be_read_back(context: dict[str, str]) -> None:
    assert _decode(encode_context(context)) == context


@given(one=contexts, other=contexts)
def test_equal_bytes_mean_equal_contexts(one: dict[str, str], other: dict[str, str]) -> None:
    assert (encode_context(one) == encode_context(other)) == (one == other)


def test_order_does_not_matter() -> None:
    assert encode_context({"a": "1", "b": "2"}) == encode_context({"b": "2", "a": "1"})


def test_nothing_is_normalized() -> None:
    assert encode_context({"é": ""}) != encode_context({"e\u0301": ""})
    assert encode_context({"A": ""}) != encode_context({"a": ""})


def test_no_context_is_the_count_zero() -> None:
    assert encode_context({}) == EMPTY == b"\x00\x00\x00\x00"


def test_text_without_utf_8_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        encode_context({"a": "\ud800"})
