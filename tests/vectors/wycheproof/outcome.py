"""What became of a case: tried, or why not."""

from typing import Any, Final, TypeAlias

Document: TypeAlias = dict[str, Any]

TRIED: Final = "tried"
NOT_OFFERED: Final = "a key size, hash, mask or nonce that no key spec has"
ENCRYPTS_ALONE: Final = "a malformed ciphertext, where the product encrypts alone"
CONTEXT: Final = "a malformed context, where the product has none"
EXPANDED: Final = "a malformed expanded private key, where the product keeps seeds"


def expected_of(case: Document) -> bool | None:
    """Whether the product has to take the case; None where it may do either."""
    return {"valid": True, "invalid": False, "acceptable": None}[case["result"]]
