"""Pulses as the regions of the tests sign them."""

from replication.pulses.heard import HeardPulse
from replication.pulses.pulse import FORMAT_VERSION, Pulse, encode_pulse
from replication.records.position import EMPTY_HEAD, Head
from shared.crypto.region_identity import verify_signature
from tests.replication.written_log import HOME, IDENTITIES, PEER, START


def head(number: int, mark: int = 0) -> Head:
    """The head of that number; `mark` tells histories apart."""
    return EMPTY_HEAD if number == 0 else Head(number, bytes((mark, number)) * 16)


def pulse(
    *shared: int, time: int = START, region: str = PEER, adopted: tuple[int, ...] | None = None, mark: int = 0
) -> Pulse:
    """Of a region that has shared so much of every partition, and adopted so much of the home."""
    of_home = {} if adopted is None else {HOME: tuple(map(head, adopted))}
    return Pulse(FORMAT_VERSION, region, time, tuple(head(number, mark) for number in shared), of_home)


def heard(one: Pulse, at: int | None = None) -> HeardPulse:
    return HeardPulse(one, signed(one), one.time if at is None else at)


def signed(one: Pulse) -> bytes:
    return encode_pulse(one, IDENTITIES[one.region].sign)


def verify(region: str, message: bytes, signature: bytes) -> bool:
    return region in IDENTITIES and verify_signature(IDENTITIES[region].public_bytes, message, signature)
