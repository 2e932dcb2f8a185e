"""The whole suite, in two processes side by side: `python -m tests`. With arguments it is pytest, as it is called.

Owns the two halves. What starts regions waits for processes most of the time, and the other tests compute: one after
the other they would leave a second core idle. The output of the first half is shown as it comes, that of the second
once it has ended.
"""

import subprocess
import sys
import tempfile

REGIONS = ("tests/clients", "tests/faults")
"""Of those that start whole regions; the other half is everything else."""
PYTEST = (sys.executable, "-m", "pytest")


def main(arguments: list[str]) -> int:
    """The exit status: that of pytest, or the first one of a half that has failed."""
    if arguments:
        return subprocess.call((*PYTEST, *arguments))
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen((*PYTEST, *REGIONS), stdout=output, stderr=output) as with_regions:
            status = subprocess.call((*PYTEST, *(f"--ignore={path}" for path in REGIONS)))
        output.seek(0)
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return status or with_regions.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
