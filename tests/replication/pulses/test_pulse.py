"""A pulse is believed for its signature alone."""

import pytest
from msgspec.structs import replace

from replication.pulses.pulse import NotAPulse, decode_pulse, encode_pulse, pulse_log
from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import Record, decode_record, encode_record
from tests.replication.pulses.signed_pulses import head, pulse, signed, verify
from tests.replication.written_log import HOME, IDENTITIES, PEER, THIRD

PULSE = pulse(3, 0, adopted=(2, 5))


def test_a_pulse_is_read_as_it_was_written() -> None:
    assert pulse_log(PEER) == "keytide.eu-west-1.pulse"
    assert decode_pulse(signed(PULSE), verify) == PULSE


def test_what_a_region_has_adopted_of_itself_is_what_it_has_shared() -> None:
    assert PULSE.adopted_of(PEER, 0) == head(3)
    assert PULSE.adopted_of(HOME, 1) == head(5)
    assert PULSE.adopted_of(THIRD, 1) == PULSE.adopted_of(HOME, 2) == EMPTY_HEAD


def test_no_bit_of_a_pulse_can_be_changed() -> None:
    encoded = signed(PULSE)
    for place in range(len(encoded)):
        flipped = bytearray(encoded)
        flipped[place] ^= 1
        with pytest.raises(NotAPulse):
            decode_pulse(bytes(flipped), verify)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"junk",
        encode_pulse(PULSE, IDENTITIES[THIRD].sign),
        encode_pulse(PULSE, lambda message: IDENTITIES[PEER].sign(message.removeprefix(b"keytide/pulse"))),
        signed(replace(PULSE, format=0)),
        signed(replace(PULSE, adopted={HOME: (head(1),)})),
        signed(replace(PULSE, shared=(Head(-1, b""), EMPTY_HEAD))),
        encode_record(decode_record(signed(PULSE))._replace(key_id=THIRD)),
        encode_record(Record(b"\x91\x01", PEER, IDENTITIES[PEER].sign(b"keytide/pulse\x91\x01"))),
    ],
    ids=["nothing", "junk", "signer", "kind", "format", "uneven", "negative", "name", "short"],
)
def test_what_is_no_pulse_of_its_region_is_refused(encoded: bytes) -> None:
    with pytest.raises(NotAPulse):
        decode_pulse(encoded, verify)
