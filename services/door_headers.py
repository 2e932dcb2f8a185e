"""What the front door tells a node about a request, beside the request itself, and what a node answers to it.

Owns the names of the headers. A node believes them on its door's Unix socket alone, and the door passes none of them on
from a client.
"""

from typing import Final

SOURCE: Final = b"x-keytide-source"
"""The client's address, `host:port`."""
EXCHANGE: Final = b"x-keytide-exchange"
"""Random hex digits, the same where the door has to send a request a second time."""
HOME: Final = b"x-keytide-home"
"""Of a refusal: the region that has to be asked instead, the home of the caller's account."""
UNLEASED: Final = b"x-keytide-unleased"
"""Of a refusal: the node holds no serving lease, and another one of its region may serve."""
EVERY: Final = frozenset((SOURCE, EXCHANGE))
