"""Frames: a head vouches for every entry up to it, and says where something is wrong."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.frame import (
    BrokenChain,
    ChainHead,
    Frame,
    NotAFrame,
    decode_frame,
    encode_frame,
    entry_id,
    follow,
    frame_of,
    head_of,
)

CHAIN = "node-1/worker-1/0011223344556677"


def chained(*batches: list[bytes]) -> list[Frame]:
    head, frames = ChainHead(), []
    for batch in batches:
        frames.append(frame_of(CHAIN, head, batch))
        head = head_of(frames[-1])
    return frames


def followed(frames: list[Frame]) -> ChainHead:
    head = ChainHead()
    for frame in frames:
        head = follow(head, frame)
    return head


@given(st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=5), min_size=1, max_size=5))
def test_a_chain_is_followed_to_its_head(batches: list[list[bytes]]) -> None:
    frames = [decode_frame(encode_frame(frame)) for frame in chained(*batches)]
    assert followed(frames) == ChainHead(sum(map(len, batches)), head_of(frames[-1]).digest)


@pytest.mark.parametrize(
    ("tampered", "number", "what"),
    [
        (lambda a, _, c: [a, c], 3, "begins with entry 4"),
        (lambda a, _, c: [a, a, c], 3, "begins with entry 1"),
        (lambda a, b, c: [a, msgspec.structs.replace(b, entries=(b"other",)), c], 3, "changed"),
        (lambda a, b, c: [a, msgspec.structs.replace(b, entries=()), c], 3, "0 there"),
        (lambda _, b, c: [frame_of(CHAIN, ChainHead(), [b"x", b"y"]), b, c], 3, "rest on"),
        (lambda a, b, c: [msgspec.structs.replace(a, entries=(a.entries[0], b"z")), b, c], 2, "changed"),
    ],
)
def test_what_was_changed_lost_or_put_in_is_found_by_its_number(
    tampered: Callable[[Frame, Frame, Frame], list[Frame]], number: int, what: str
) -> None:
    with pytest.raises(BrokenChain, match=what) as broken:
        followed(tampered(*chained([b"1", b"2"], [b"3"], [b"4"])))
    assert (broken.value.chain, broken.value.number) == (CHAIN, number)


@pytest.mark.parametrize("junk", [b"", b"\xc1", b"\x90", encode_frame(chained([b"1"])[0])[:-1], b"\xff" * 40])
def test_junk_is_no_frame(junk: bytes) -> None:
    with pytest.raises(NotAFrame):
        decode_frame(junk)


def test_the_copies_of_an_entry_have_ids_of_their_own() -> None:
    leaf = chained([b"1"])[0].leaves[0]
    ids = {entry_id(leaf, CHAIN, number, account) for number in (1, 2) for account in ("", "111122223333")}
    assert len(ids) == 4
    assert all(len(one) == 36 and one[14] == "8" for one in ids)
