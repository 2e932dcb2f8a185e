"""How much of each thing an account may have in a region.

Owns the resource quotas. It stands alone, because every process and every command reads a node's settings.
"""

from typing import NamedTuple


class Quotas(NamedTuple):
    """Resource quotas, AWS's figures as the default."""

    keys_per_account: int = 100_000
    aliases_per_key: int = 50
    tags_per_key: int = 50
    grants_per_key: int = 50_000
    policy_bytes: int = 32_768
    key_stores_per_account: int = 10
