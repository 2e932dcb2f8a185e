"""The refusals of the audit trail. Owns their codes and remedies, as `shared/errors.py` does."""

from shared.errors import DependencyTimeout


class AuditUnavailable(DependencyTimeout):
    """What has to be on record first cannot be recorded now. Nothing was changed, and nothing is told.

    AWS's code for what a service depends on: SDKs retry it, and a retry changes nothing twice.
    """

    remedy = "Retry; if it lasts, look at the node's disk: its audit spool cannot be written (see docs/audit.md)."

    def __init__(
        self, message: str = "The audit trail of this node cannot be written, so the request was refused. Retry it."
    ) -> None:
        super().__init__(message)
