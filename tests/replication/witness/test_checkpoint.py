"""A checkpoint is its region's word, a cosignature its witness's, and neither is anybody else's."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.pulses.pulse import NotAPulse, decode_pulse
from replication.records.position import EMPTY_HEAD
from replication.records.record import Record, decode_record, encode_record
from replication.witness.checkpoint import (
    CHECKPOINT_LABEL,
    Cosignature,
    NotACheckpoint,
    checkpoint_key,
    cosignature_key,
    decode_checkpoint,
    decode_cosignature,
    encode_checkpoint,
    encode_cosignature,
    furthest,
    is_cosignature,
    key_of,
    shown_in,
)
from replication.witness.checkpoint_file import read_lines, write_lines
from tests.replication.checkpoints import at, cosigned, head
from tests.replication.pulses.signed_pulses import verify
from tests.replication.written_log import HOME, IDENTITIES, PEER, START, THIRD


def test_what_is_signed_is_read_as_it_was() -> None:
    seen = at(3, 0)
    assert decode_checkpoint(seen.encoded, verify) == seen
    assert key_of(seen.encoded) == checkpoint_key(HOME)
    cosignature = decode_cosignature(cosigned(seen), verify)
    assert (cosignature.witness, cosignature.region) == (PEER, HOME)
    assert shown_in(cosignature, verify) == [seen]


@given(st.integers(min_value=0))
def test_every_altered_bit_is_noticed(place: int) -> None:
    for encoded, decode in ((at(3, 0).encoded, decode_checkpoint), (cosigned(at(3)), decode_cosignature)):
        altered = bytearray(encoded)
        altered[place // 8 % len(altered)] ^= 1 << place % 8
        with pytest.raises(NotACheckpoint):
            decode(bytes(altered), verify)


def test_neither_is_taken_for_the_other_or_for_a_pulse() -> None:
    with pytest.raises(NotACheckpoint):
        decode_checkpoint(cosigned(at(1)), verify)
    with pytest.raises(NotACheckpoint):
        decode_cosignature(at(1).encoded, verify)
    with pytest.raises(NotAPulse):
        decode_pulse(at(1).encoded, verify)


@pytest.mark.parametrize(
    "sign",
    [
        lambda message: IDENTITIES[PEER].sign(message),
        lambda message: IDENTITIES[HOME].sign(message.removeprefix(CHECKPOINT_LABEL)),
    ],
)
def test_a_signature_of_another_region_or_over_other_bytes_is_none(sign: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotACheckpoint, match="pinned card"):
        decode_checkpoint(encode_checkpoint(at(1).checkpoint, sign), verify)


def test_a_witness_can_show_only_what_the_region_has_signed() -> None:
    made_up = encode_checkpoint(at(9).checkpoint, IDENTITIES[PEER].sign)
    of_another = encode_checkpoint(at(9).checkpoint, IDENTITIES[HOME].sign)
    claims = Cosignature(1, PEER, HOME, START, (made_up, b"junk", at(2).encoded))
    assert shown_in(decode_cosignature(encode_cosignature(claims, IDENTITIES[PEER].sign), verify), verify) == [at(2)]
    about_another = Cosignature(1, PEER, THIRD, START, (of_another,))
    assert shown_in(about_another, verify) == []


def test_a_cosignature_is_found_by_its_witness_and_region() -> None:
    encoded = cosigned(at(1))
    assert is_cosignature(encoded, cosignature_key(PEER), HOME)
    assert not is_cosignature(encoded, cosignature_key(THIRD), HOME)
    assert not is_cosignature(encoded, cosignature_key(PEER), THIRD)
    assert not is_cosignature(b"junk", cosignature_key(PEER), HOME)


def test_the_furthest_head_is_looked_for_in_all_that_is_shown() -> None:
    shown = [at(3, 1), at(2, 5)]
    assert [furthest(shown, partition) for partition in range(3)] == [head(3), head(5), EMPTY_HEAD]


def test_later_versions_append_fields() -> None:
    record = decode_record(at(1).encoded)
    signed = bytes((record.signed[0] + 1,)) + record.signed[1:] + b"\x07"
    proof = IDENTITIES[HOME].sign(CHECKPOINT_LABEL + signed)
    assert decode_checkpoint(encode_record(Record(signed, record.key_id, proof)), verify).checkpoint == at(1).checkpoint


def test_files_are_joined_line_by_line() -> None:
    text = "# for people\n\n" + write_lines([cosigned(at(1))]) + write_lines([cosigned(at(2), witness=THIRD)])
    assert [(one.witness, shown) for one, shown in read_lines(text, verify)] == [(PEER, [at(1)]), (THIRD, [at(2)])]


@pytest.mark.parametrize("line", ["*", "AAAA", "Ü"])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(NotACheckpoint, match="line 2"):
        read_lines(write_lines([cosigned(at(1))]) + line, verify)
