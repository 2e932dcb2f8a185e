"""How many files and sockets a process may have open.

Owns raising the limit: shells often start with 1,024, which a server reaches long before its own bounds.
"""

import contextlib
import resource

WANTED = 65_536


def raise_descriptor_limit(wanted: int = WANTED) -> int:
    """Allow this process `wanted` descriptors, or as many as the system lets it have; returns how many those are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= allowed:
        return wanted if soft == resource.RLIM_INFINITY else soft
    with contextlib.suppress(ValueError, OSError):  # macOS has a bound that it does not tell
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
