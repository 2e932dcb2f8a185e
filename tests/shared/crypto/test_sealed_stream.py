"""A content sealed chunk by chunk: what is changed, moved, dropped, added or cut off does not open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.sealed_stream import CHUNK_BYTES, SEALED_BYTES, StreamBroken, StreamSealer, opened_stream
from shared.secrets import Secret

KEY, OTHER_KEY = Secret(b"\x01" * 32), Secret(b"\x02" * 32)
BINDING = b"what the chunks belong to"
LENGTHS = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5)
CONTENT = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"the end"


def sealed(content: bytes, key: Secret = KEY, binding: bytes = BINDING, piece: int = 50_000) -> list[bytes]:
    sealer = StreamSealer(key, binding)
    pieces = [content[start : start + piece] for start in range(0, len(content), piece)]
    return [*(chunk for one in pieces for chunk in sealer.take(one)), sealer.finish()]


def opened(chunks: list[bytes], key: Secret = KEY, binding: bytes = BINDING) -> bytes:
    return b"".join(opened_stream(key, binding, chunks))


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_sealed_opens(length: int) -> None:
    content = CONTENT[:length] + bytes(max(0, length - len(CONTENT)))
    chunks = sealed(content)
    assert opened(chunks) == content
    assert all(len(chunk) == SEALED_BYTES for chunk in chunks[:-1])


@given(st.lists(st.binary(max_size=3 * CHUNK_BYTES // 2), max_size=5))
def test_the_chunks_do_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    sealer = StreamSealer(KEY, BINDING)
    chunks = [*(chunk for piece in pieces for chunk in sealer.take(piece)), sealer.finish()]
    assert chunks == sealed(b"".join(pieces), piece=CHUNK_BYTES)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("byte", [0, 10, -1])
def test_a_chunk_that_was_changed_does_not_open(place: int, byte: int) -> None:
    chunks = sealed(CONTENT)
    changed = bytearray(chunks[place])
    changed[byte] ^= 1
    chunks[place] = bytes(changed)
    with pytest.raises(StreamBroken, match=f"chunk {place + 1} "):
        opened(chunks)


@pytest.mark.parametrize("count", range(4))
def test_an_end_that_is_cut_off_at_a_border_does_not_open(count: int) -> None:
    with pytest.raises(StreamBroken):
        opened(sealed(CONTENT)[:count])


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2), (0, 0, 1, 2, 3), (0, 2, 3), (1, 2, 3)])
def test_chunks_that_were_moved_repeated_or_dropped_do_not_open(order: tuple[int, ...]) -> None:
    chunks = sealed(CONTENT)
    with pytest.raises(StreamBroken):
        opened([chunks[place] for place in order])


def test_a_chunk_behind_the_last_does_not_open() -> None:
    with pytest.raises(StreamBroken):
        opened([*sealed(CONTENT), sealed(b"")[0]])


@pytest.mark.parametrize(("key", "binding"), [(OTHER_KEY, BINDING), (KEY, b"something else")])
def test_it_opens_under_its_key_and_with_its_binding_alone(key: Secret, binding: bytes) -> None:
    with pytest.raises(StreamBroken):
        opened(sealed(CONTENT), key, binding)
