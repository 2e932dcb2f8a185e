"""A version of a key's secret, and the tags of a key, as events carry them."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Tags: TypeAlias = tuple[tuple[str, str], ...]


class MaterialBorn(NamedTuple):
    """One version of a key's secret as an event carries it. `material_id` is 64 lowercase hex digits.

    `id_commits`: the id follows from the secret (`shared/crypto/material_id.py`), so that whoever is given the one can
    tell by the other whether it is the right one. It is said where the secret may come from another region.
    """

    material_id: str
    born_key_id: str
    created_at: int
    wrapped: bytes | None = None
    sealed: Mapping[str, bytes] | None = None
    id_commits: bool = False
