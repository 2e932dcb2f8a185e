"""Checkpoints as the regions of the tests sign them."""

from replication.records.position import EMPTY_HEAD, Head
from replication.witness.checkpoint import (
    FORMAT_VERSION,
    Checkpoint,
    Cosignature,
    Seen,
    encode_checkpoint,
    encode_cosignature,
)
from tests.replication.written_log import HOME, IDENTITIES, NODE, PEER, START


def head(sequence: int, mark: int = 0) -> Head:
    """The head of that sequence; `mark` tells histories apart."""
    return EMPTY_HEAD if sequence == 0 else Head(sequence, bytes((mark, sequence)) * 16)


def checkpoint(*heads: Head, region: str = HOME, node: str = NODE, time: int = START) -> Seen:
    made = Checkpoint(FORMAT_VERSION, region, node, time, heads)
    return Seen(made, encode_checkpoint(made, IDENTITIES[region].sign))


def at(*sequences: int, mark: int = 0, time: int = START, node: str = NODE) -> Seen:
    return checkpoint(*(head(sequence, mark) for sequence in sequences), time=time, node=node)


def cosigned(*seen: Seen, witness: str = PEER, region: str = HOME) -> bytes:
    made = Cosignature(FORMAT_VERSION, witness, region, START, tuple(one.encoded for one in seen))
    return encode_cosignature(made, IDENTITIES[witness].sign)
