"""A policy document as values: what was written, read once and checked.

Owns the shapes alone. `parser.py` makes them; `compiled.py` makes of them what can be asked quickly.
Source: IAM User Guide, "IAM JSON policy elements reference".
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Texts: TypeAlias = tuple[str, ...]


class Principals(NamedTuple):
    """Who a statement is about: principal type (`AWS`, `Service`, `Federated`, `CanonicalUser`) -> names."""

    names: Mapping[str, Texts]
    inverted: bool


class Condition(NamedTuple):
    """One key under one operator, both as written, and its values as texts."""

    operator: str
    key: str
    values: Texts


class Statement(NamedTuple):
    """One statement. `principals` None: the policy stands with its principal.

    Without actions or without resources a statement of a key policy is accepted and does nothing, as at AWS; a trust
    policy's never has resources, and is about its role.
    """

    sid: str
    allows: bool
    principals: Principals | None
    actions: Texts
    actions_inverted: bool
    resources: Texts
    resources_inverted: bool
    conditions: tuple[Condition, ...]


class Document(NamedTuple):
    """`variables`: whether `${…}` means something, which it does since the version of 2012."""

    variables: bool
    statements: tuple[Statement, ...]
