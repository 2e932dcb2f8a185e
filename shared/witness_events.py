"""The event of a region whose log an operator has vouched for. Owns its fields and the name of its stream."""

from typing import Final, NamedTuple

VOUCHED_STREAM: Final = "vouched-head"
"""One in every partition. It has no state: it is there to be read in the log."""


class HeadVouched(NamedTuple):
    """No peer could be asked, and an operator has said that the log of `region` was whole: `sequence` and the running
    hash `digest` of the partition, as it was when he said so."""

    region: str
    sequence: int
    digest: bytes
