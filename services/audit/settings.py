"""What the operator of a node decides about the audit trail.

Owns this object of the node's settings file.
"""

from dataclasses import dataclass
from typing import Literal

from services.audit.delivery_settings import DeliverySettings
from services.strict_settings import SettingsError


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """How the audit trail is kept."""

    durability: Literal["before the answer", "after the answer"] = "before the answer"
    """"after the answer": an answer does not wait for its entry; a power cut takes the last ones, and every entry of a
    spool says that it was not waited for. One that is derived from a record always says that it was."""
    kept_days: int = 90
    """Older entries are dropped from this node; their proof is kept. AWS's LookupEvents reaches back 90 days."""
    kept_gigabytes: int = 100
    """What the entries on this node may take; the oldest are dropped before."""
    digest_minutes: int = 60
    """From one signed digest to the next."""
    delivery: DeliverySettings | None = None
    """Where the entries go as files in CloudTrail's layout. None: nowhere."""

    def __post_init__(self) -> None:
        for name in ("kept_days", "kept_gigabytes", "digest_minutes"):
            if getattr(self, name) < 1:
                raise SettingsError(f"audit.{name}: must be at least 1, not {getattr(self, name)}")
