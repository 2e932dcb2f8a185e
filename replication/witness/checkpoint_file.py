"""A file of checkpoints, as a region's witnesses hand it out.

Owns its form: one cosignature a line, as base64 (RFC 4648) with its proof, so that files can simply be joined. Lines
that begin with # are for people.
"""

import base64
from collections.abc import Iterable

from replication.pulses.pulse import Verify
from replication.witness.checkpoint import Cosignature, NotACheckpoint, Seen, decode_cosignature, shown_in


def write_lines(cosignatures: Iterable[bytes]) -> str:
    return "".join(f"{base64.b64encode(one).decode()}\n" for one in cosignatures)


def read_lines(text: str, verify: Verify) -> list[tuple[Cosignature, list[Seen]]]:
    """The cosignatures, and the checkpoints in them that their region has signed. Errors: NotACheckpoint."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            try:
                cosignature = decode_cosignature(base64.b64decode(line.strip(), validate=True), verify)
            except (ValueError, NotACheckpoint) as error:  # ValueError: no base64, or no ASCII
                raise NotACheckpoint(f"line {number}: {error}") from error
            found.append((cosignature, shown_in(cosignature, verify)))
    return found
