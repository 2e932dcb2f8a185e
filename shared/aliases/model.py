"""What a region knows of one alias. `alias` includes the `alias/` prefix; times are milliseconds."""

from typing import NamedTuple


class Alias(NamedTuple):
    account: str
    alias: str
    key_id: str
    created_at: int
    updated_at: int
