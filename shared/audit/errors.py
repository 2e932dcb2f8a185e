"""The refusals of the audit trail. Owns their codes and remedies, as `shared/errors.py` does."""

from typing import Final

from shared.errors import DependencyTimeout

OUTCOME_UNKNOWN: Final = (
    "The audit trail of this node cannot be written, so the answer is withheld. "
    "Whether anything was changed is not known. Retry it."
)


class AuditUnavailable(DependencyTimeout):
    """What has to be on record first cannot be recorded now. Nothing is told, and nothing was changed.

    OUTCOME_UNKNOWN instead: the answer that could not be recorded was a fault of the service. Such a one may follow on
    a change that is durable, for example NotAdoptedYet, so whether anything was changed is not told either.
    AWS's code for what a service depends on: SDKs retry it, and a retry changes nothing twice.
    """

    remedy = "Retry; if it lasts, look at the node's disk: its audit spool cannot be written (see docs/audit.md)."

    def __init__(
        self, message: str = "The audit trail of this node cannot be written, so the request was refused. Retry it."
    ) -> None:
        super().__init__(message)
