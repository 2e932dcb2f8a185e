"""What the operator of a node decides about heartbeats: how often, how long they are kept, and how old news may be.

Owns these two objects of the node's settings file.
"""

from dataclasses import dataclass

from services.strict_settings import SettingsError

DAY_MILLISECONDS = 24 * 3600 * 1000
LONGEST_BEAT_MILLISECONDS = 30_000


@dataclass(frozen=True, slots=True)
class PulseSettings:
    """How often the region says how far it is, and how long that is kept."""

    every_milliseconds: int = 3_000
    kept_days: int = 2

    def __post_init__(self) -> None:
        if not 50 <= self.every_milliseconds <= LONGEST_BEAT_MILLISECONDS:
            raise SettingsError(
                f"pulses.every_milliseconds: must be between 50 and {LONGEST_BEAT_MILLISECONDS}, "
                f"not {self.every_milliseconds}"
            )
        if self.kept_days < 1:
            raise SettingsError(f"pulses.kept_days: must be at least 1, not {self.kept_days}")

    @property
    def kept_milliseconds(self) -> int:
        return self.kept_days * DAY_MILLISECONDS

    @property
    def kept(self) -> int:
        """So many pulses."""
        return self.kept_milliseconds // self.every_milliseconds


@dataclass(frozen=True, slots=True)
class StalenessSettings:
    """How old what the region knows may be for its keys to be used: any age, until there is a limit."""

    limit_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.limit_seconds is not None and self.limit_seconds < 1:
            raise SettingsError(f"staleness.limit_seconds: must be at least 1, not {self.limit_seconds}")
