"""One shell that goes on from command to command, as a person has it.

Owns typing a command, its end and its output.
"""

import os
import re
import selectors
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.runbooks.console import Command, is_shown

LONGEST_SECONDS: Final = 240
_END: Final = "end of the command"


class Ended(NamedTuple):
    """How a command has ended. `output`: both of its streams."""

    status: int
    output: str


def as_shown(command: Command, ended: Ended) -> bool:
    """Whether a command of a page has ended as the page shows it."""
    return ended.status == command.status and is_shown(command.shown, ended.output)


class Shell:
    """A bash in `folder`, in a process group of its own. No command may take longer than `longest_seconds`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], longest_seconds: float = LONGEST_SECONDS) -> None:
        self._longest_seconds = longest_seconds
        self._process = subprocess.Popen(
            ("bash", "--noprofile", "--norc"),
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )

    @property
    def group(self) -> int:
        return self._process.pid

    def run(self, command: str) -> Ended:
        """Type it, and wait for its end. Raises TimeoutError."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{{ {command}\n}} </dev/null\nENDED=$?; echo; echo {_END} $ENDED\n".encode())
        self._process.stdin.flush()
        output, _, status = self._until_end(command).rpartition(_END)
        return Ended(int(status), output)

    def close(self) -> None:
        """End it, and wait for that; whoever has its output open has to end first."""
        self._process.kill()
        self._process.communicate()

    def _until_end(self, command: str) -> str:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        output, deadline = b"", time.monotonic() + self._longest_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while re.search(rb"\n%s \d+\n$" % _END.encode(), output) is None:
                if not selector.select(deadline - time.monotonic()):
                    raise TimeoutError(f"{command!r} goes on for {self._longest_seconds} s: {output.decode()}")
                output += os.read(pipe, 65536)
        return output.decode()
