"""What may be a permissions boundary: a managed policy that there is."""

from shared.decision import StateView
from shared.identity.errors import NoSuchEntity
from shared.identity.finding import is_attachable


def require_boundary(view: StateView, account: str, arn: str | None) -> None:
    """Errors: NoSuchEntity, ValidationFailed."""
    if arn is not None and not is_attachable(view, account, arn):
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")
