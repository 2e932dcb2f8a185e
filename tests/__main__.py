"""The whole suite, in five processes side by side: `python -m tests`. With arguments it is pytest, as it is called.

Owns the parts. What starts regions waits for processes and for time most of the while, and the other tests compute: one
after the other they would leave a core idle. The output of the last part is shown as it comes, that of the others once
they have ended.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack

WAITING = (
    ("tests/clients", "tests/services/cli"),
    ("tests/faults",),
    ("tests/services/region_node",),
    ("tests/runbooks",),
)
"""Those that start whole regions, and those that run them in their own process; the last part is everything else."""
PYTEST = (sys.executable, "-m", "pytest")


def main(arguments: list[str]) -> int:
    """The exit status: that of pytest, or the first one of a part that has failed."""
    if arguments:
        return subprocess.call((*PYTEST, *arguments))
    with ExitStack() as stack:
        waiting = []
        for paths in WAITING:
            output = stack.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen((*PYTEST, *paths), stdout=output, stderr=output)
            waiting.append((stack.enter_context(process), output))
        statuses = [subprocess.call((*PYTEST, *(f"--ignore={path}" for paths in WAITING for path in paths)))]
        for process, output in waiting:
            statuses.append(process.wait())
            output.seek(0)
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
    return next((status for status in statuses if status), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
