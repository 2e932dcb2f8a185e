"""What the operator of a node decides about changes that wait for other regions.

Owns this object of the node's settings file.
"""

from dataclasses import dataclass

from services.strict_settings import SettingsError
from shared.keys.synchronous import REGIONS_MOST

DEADLINE_MOST = 50_000
"""Milliseconds: the front door waits 60 seconds for an answer, so the wait must end before."""


@dataclass(frozen=True, slots=True)
class SynchronousSettings:
    """How many other regions every shared change waits for, whatever keys and accounts ask; and for how long."""

    regions: int = 0
    deadline_milliseconds: int = 5_000

    def __post_init__(self) -> None:
        if not 0 <= self.regions <= REGIONS_MOST:
            raise SettingsError(f"synchronous.regions: must be between 0 and {REGIONS_MOST}, not {self.regions}")
        if not 1 <= self.deadline_milliseconds <= DEADLINE_MOST:
            raise SettingsError(
                f"synchronous.deadline_milliseconds: must be between 1 and {DEADLINE_MOST}, "
                f"not {self.deadline_milliseconds}"
            )
