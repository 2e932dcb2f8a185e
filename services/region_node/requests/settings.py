"""What the operator of a node decides about requests: their number, whose attestation is believed, what is kept.

Owns these objects of the node's settings file.
"""

from dataclasses import dataclass, field
from pathlib import Path

from services.region_node.operations.request_quotas import REQUESTS_PER_SECOND
from services.strict_settings import SettingsError


@dataclass(frozen=True, slots=True)
class AttestationSettings:
    """Which attestation documents are believed: none, until the operator names roots."""

    trust_anchors: tuple[Path, ...] = ()
    """PEM files, each with one or more root certificates."""
    maximum_age_seconds: int = 300
    """How far a document's time may lie from the node's."""

    def __post_init__(self) -> None:
        if self.maximum_age_seconds < 1:
            raise SettingsError(f"maximum_age_seconds: must be at least 1, not {self.maximum_age_seconds}")


@dataclass(frozen=True, slots=True)
class RequestQuotaSettings:
    """How many requests a second an account may make: any number, until it is enforced."""

    enforced: bool = False
    per_second: dict[str, int] = field(default_factory=dict)
    """Quota -> requests a second, where they differ from AWS's. The names are those of `REQUESTS_PER_SECOND`."""

    def __post_init__(self) -> None:
        for quota, count in self.per_second.items():
            if quota not in REQUESTS_PER_SECOND:
                known = ", ".join(REQUESTS_PER_SECOND)
                raise SettingsError(f"request_quotas.per_second.{quota}: is unknown; known here: {known}")
            if count < 1:
                raise SettingsError(f"request_quotas.per_second.{quota}: must be at least 1, not {count}")

    def effective(self) -> dict[str, int]:
        """Every quota with its requests a second."""
        return {**REQUESTS_PER_SECOND, **self.per_second}


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """How much of what was allowed and refused is kept, for `keytide explain` and `keytide policy`."""

    megabytes_per_worker: int = 64
    """The oldest is dropped where it gets more. At least 1."""

    def __post_init__(self) -> None:
        if self.megabytes_per_worker < 1:
            raise SettingsError(f"megabytes_per_worker: must be at least 1, not {self.megabytes_per_worker}")

    @property
    def bytes(self) -> int:
        return self.megabytes_per_worker << 20
