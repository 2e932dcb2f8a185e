"""The tags of users, roles, policies and identity providers: keys are told apart regardless of case.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources".
"""

from collections.abc import Iterable

from shared.identity.errors import IdentityLimitExceeded, InvalidInput
from shared.identity.limits import LIMITS
from shared.identity.model import Pairs

RESERVED = "aws:"


def require_tags(present: Pairs, tags: Pairs) -> None:
    """Whether `tags` may come beside `present`. Errors: InvalidInput, IdentityLimitExceeded."""
    keys = [key.lower() for key, _ in tags]
    if len(set(keys)) < len(keys):
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith(RESERVED) for key in keys):
        raise InvalidInput(f"Tag keys must not begin with {RESERVED}")
    if len({key.lower() for key, _ in present} | set(keys)) > LIMITS.tags:
        raise IdentityLimitExceeded(f"The number of tags has reached the maximum limit of {LIMITS.tags}.")


def present_keys(present: Pairs, keys: Iterable[str]) -> tuple[str, ...]:
    """Those of `present` that `keys` name, in their own letters."""
    named = {key.lower() for key in keys}
    return tuple(key for key, _ in present if key.lower() in named)
