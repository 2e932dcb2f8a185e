"""What a region knows of one bucket of its domain keys, and of secrets that some region lacks.

Owns `Domain` and `SecretRequest`, immutable and encoded by position: fields are only appended, with defaults. Times are
milliseconds.
"""

from typing import NamedTuple

FIRST_EPOCH = 1


class SecretRequest(NamedTuple):
    """What a region has asked to be sealed to it again, and when, in milliseconds.

    `in_vain`: the regions that have answered without bringing all of it. In the region that asks, `asked_at` is 0 once
    the question was answered so.
    """

    account: str
    key_id: str
    region: str
    material_ids: tuple[str, ...]
    asked_at: int
    in_vain: tuple[str, ...] = ()


class Domain(NamedTuple):
    """`epoch` wraps what is new. `closed`: nothing rests on the keys up to that epoch; 0 for none.

    `fingerprint`: that of the present epoch's key; b"" where none was told.
    `destroyed`: (node, epoch) for each node that has destroyed its keys up to that epoch, in the order of the names.
    `earlier`: (epoch, fingerprint) for each earlier epoch that is not closed, where one was told.
    """

    bucket: int
    epoch: int = FIRST_EPOCH
    opened_at: int = 0
    closed: int = 0
    destroyed: tuple[tuple[str, int], ...] = ()
    fingerprint: bytes = b""
    earlier: tuple[tuple[int, bytes], ...] = ()

    def known_by(self, epoch: int) -> bytes:
        """The fingerprint of that epoch's key, as the log tells it; b"" where it tells none."""
        return self.fingerprint if epoch == self.epoch else dict(self.earlier).get(epoch, b"")

    def destroyed_at(self, node: str) -> int:
        """The greatest epoch whose key the node has destroyed; 0 for none."""
        return dict(self.destroyed).get(node, 0)
