"""Whether a caller may do what an operation of the query protocol does.

Owns the one place where that is asked. Today every principal of an account may do everything in it.
"""

from collections.abc import Mapping
from typing import TypeAlias

from services.region_node.call import Call

Context: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Condition key, in lower case -> its value; a tuple for a multivalued one."""


def require(call: Call, action: str, resource: str, context: Context) -> None:
    """Let the caller do `action` (`iam:CreateUser`) to `resource` (an ARN, or `*`). Errors: AccessDenied."""
