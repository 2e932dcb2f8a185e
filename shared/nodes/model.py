"""What a region knows of its nodes."""

import re
from typing import NamedTuple

NODE_PATTERN = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")
"""At most 20 characters: a name stands in its node's certificate beside the region's."""


class Node(NamedTuple):
    """A node of this region. One that was removed stays known, so that its name is never given again.

    `card` is the encoded node card, `address` the `host:port` at which the other nodes reach it, `token_id` the token
    by which it came, or empty.
    """

    node: str
    card: bytes
    address: str
    admitted_at: int
    token_id: bytes = b""
    removed: bool = False
    away: bool = False
    """Its region goes on without it and waits for it no more: until it returns no look into the log helps it."""
    absences: int = 0
    """How often that was said of it."""
