"""What the operator of a node decides about witnesses: how long the region may serve while none can be asked.

Owns this object of the node's settings file.
"""

from dataclasses import dataclass

from replication.witness.witness_rule import Rule
from services.strict_settings import SettingsError

DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """`unwitnessed_limit_seconds`: 0 refuses to serve unwitnessed. `patience_milliseconds`: so long peers are asked
    before the region counts as unwitnessed."""

    unwitnessed_limit_seconds: int = DAY_SECONDS
    patience_milliseconds: int = 3_000

    def __post_init__(self) -> None:
        if self.unwitnessed_limit_seconds < 0:
            raise SettingsError(
                f"witness.unwitnessed_limit_seconds: must be at least 0, not {self.unwitnessed_limit_seconds}"
            )
        if not 0 <= self.patience_milliseconds <= 60_000:
            raise SettingsError(
                f"witness.patience_milliseconds: must be between 0 and 60000, not {self.patience_milliseconds}"
            )

    @property
    def rule(self) -> Rule:
        return Rule(self.unwitnessed_limit_seconds * 1000, self.patience_milliseconds)
