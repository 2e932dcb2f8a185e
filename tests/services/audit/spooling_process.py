"""A worker's spool, written by a process of its own: so many frames, slowly enough to be read meanwhile.

Its arguments: the spool's directory, the chain, how many frames, how many entries each.
"""

import sys
import time
from pathlib import Path

from shared.audit.entry import encode_entry
from tests.services.audit.making import SpooledChain, entry

PAUSE_SECONDS = 0.004
SEGMENT_BYTES = 20_000

if __name__ == "__main__":
    directory, chain, frames, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    files = SpooledChain(directory, chain, SEGMENT_BYTES)
    for number in range(frames):
        files.write([encode_entry(entry(number * size + place)) for place in range(size)])
        time.sleep(PAUSE_SECONDS)
    files.close()
