"""What a client may ask of a connection: sizes and times.

Owns the figures. The largest valid request of AWS KMS is one with an attestation document of 262,144 bytes, which
base64 makes 349,528; half a mebibyte takes it, and a policy with every character escaped.
"""

from typing import NamedTuple


class HttpLimits(NamedTuple):
    """Sizes in bytes, times in seconds."""

    body_bytes: int = 512 * 1024
    head_bytes: int = 64 * 1024
    receive_seconds: float = 20.0
    """From the first byte of a request to its last."""
    idle_seconds: float = 75.0
    """Between two requests; longer than the 60 s for which AWS's SDKs keep a connection."""
    linger_seconds: float = 2.0
    """For which a connection is still read from after its last answer, so that the answer arrives."""
    check_seconds: float = 5.0
    """How often a connection looks at its clock; so much later than its limit a connection may end."""
