"""What a region knows of one of its archives.

Owns `Backup`, immutable and encoded by position: fields are only appended, with defaults. Times are milliseconds.
"""

from typing import NamedTuple


class Backup(NamedTuple):
    """See `BackupMade`. `destroyed`: the holders whose shares are gone, sorted. `expired_at`: 0 while it opens."""

    archive: str
    made_at: int
    threshold: int
    holders: tuple[str, ...]
    oldest_epochs: tuple[int, ...]
    oldest_sealing: int
    destroyed: tuple[str, ...] = ()
    expired_at: int = 0

    @property
    def remaining(self) -> tuple[str, ...]:
        """The holders who may still have their shares."""
        return tuple(holder for holder in self.holders if holder not in self.destroyed)

    def can_lose(self, holder: str) -> bool:
        """Whether it still opens once this holder's share is gone."""
        return len([one for one in self.remaining if one != holder]) >= self.threshold

    def opens_domain(self, bucket: int, epoch: int) -> bool:
        """Whether it holds a key for what rests on the domain keys of `bucket` up to `epoch`."""
        held = self.oldest_epochs[bucket] if bucket < len(self.oldest_epochs) else 0
        return not self.expired_at and 0 < held <= epoch

    def opens_sealed(self, number: int) -> bool:
        """The same of the region's sealing keys up to `number`."""
        return not self.expired_at and self.oldest_sealing <= number
