"""The grant tokens that a request may bring.

Owns their check: all must be the region's own. They change nothing else, for what a grant allows is known at every node
as soon as it is answered.
"""

from collections.abc import Iterable

from services.region_node.requests.call import Call


def require_own_tokens(call: Call, tokens: Iterable[str]) -> None:
    """Errors: InvalidGrantToken."""
    for token in tokens:
        call.grant_tokens.read(token)
