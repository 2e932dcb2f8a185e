"""The JSON values that a policy's members may have.

Owns their shapes alone: objects, texts, one or several, and that no member is unknown. Each errs with MalformedPolicy.
"""

from typing import Any

from shared.errors import MalformedPolicy
from shared.policy.statement import Texts


def object_of(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedPolicy(f"{what} is not a JSON object.")
    return value


def listed(value: Any, what: str) -> list[Any]:
    if value is None or value == []:
        raise MalformedPolicy(f"{what} is missing or empty.")
    return value if isinstance(value, list) else [value]


def texts(value: Any, what: str) -> Texts:
    found = tuple(listed(value, what))
    if not all(isinstance(text, str) and text for text in found):
        raise MalformedPolicy(f"{what} is not a text or a list of texts.")
    return found


def require_text(members: dict[str, Any], name: str) -> None:
    if not isinstance(members.get(name, ""), str):
        raise MalformedPolicy(f"{name} is not a text.")


def require_known(members: dict[str, Any], known: frozenset[str], what: str) -> None:
    unknown = sorted(members.keys() - known)
    if unknown:
        raise MalformedPolicy(f"{what} has the unknown member {unknown[0]}.")
