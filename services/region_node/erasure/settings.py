"""Settings of erasing.

Owns how often domain keys and sealing keys are exchanged, on how many nodes a domain key has to stand, and how fast
secrets are wrapped again.
"""

from dataclasses import dataclass

from services.strict_settings import SettingsError


@dataclass(frozen=True, slots=True)
class ErasureSettings:
    """`advance_hours`: from one epoch of a bucket in which something was destroyed to the next, at least."""

    advance_hours: int = 24
    sealing_days: int = 30
    """From one sealing key to the next, at least, where something was destroyed that a peer may have sealed."""
    sealing_key_days: int = 30
    """After so long an old private sealing key is destroyed although a peer has not been heard."""
    sealing_grace_seconds: int = 3_600
    """An old private sealing key is kept so long once nothing is known to be sealed to it: for what is on its way."""
    min_copies: int | None = None
    """On the disks of so many nodes a domain key stands before it wraps anything. None: on two, where there are two."""
    rewraps_per_second: int = 2_000
    """Of one partition, at most."""

    def __post_init__(self) -> None:
        for name in ("advance_hours", "sealing_days", "sealing_key_days", "sealing_grace_seconds"):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name}: must be at least 0, not {getattr(self, name)}")
        for name in ("min_copies", "rewraps_per_second"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise SettingsError(f"{name}: must be at least 1, not {getattr(self, name)}")
