"""What the operator of a node decides about rotation. Owns this object of the node's settings file."""

from dataclasses import dataclass

from services.strict_settings import SettingsError

CONFIRM_MOST = 24 * 3600


@dataclass(frozen=True, slots=True)
class RotationSettings:
    """How long new material waits for the regions of its key, before it encrypts without those that are not heard."""

    confirm_seconds: int = 600

    def __post_init__(self) -> None:
        if not 0 <= self.confirm_seconds <= CONFIRM_MOST:
            raise SettingsError(
                f"rotation.confirm_seconds: must be between 0 and {CONFIRM_MOST}, not {self.confirm_seconds}"
            )
