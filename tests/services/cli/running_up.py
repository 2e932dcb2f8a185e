"""`keytide up` as a process with scripted regions, watched from outside.

Owns starting it, waiting for its lines, and seeing which processes of it are left.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCRIPTED = Path(__file__).parent / "scripted_region"
PATIENCE_SECONDS = 90.0


class RunningUp:
    """A run in a process group of its own, so that a test can signal the group as a terminal does."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        paths = os.pathsep.join([str(ROOT), str(SCRIPTED)])
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "services.cli", "up", "--directory", ".keytide", *arguments],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self.output = ""

    def until(self, text: str) -> str:
        """Read on until `text` has been said; returns all that was said."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while text not in self.output:
                assert selector.select(max(0.0, deadline - time.monotonic())), f"no {text!r} in:\n{self.output}"
                read = os.read(self.process.stdout.fileno(), 65_536)
                assert read, f"ended without {text!r}:\n{self.output}"
                self.output += read.decode()
        return self.output

    def finish(self) -> tuple[int, str]:
        """The exit status and all output. The pipe ends only when every process of the run has ended."""
        assert self.process.stdout is not None
        self.output += self.process.stdout.read().decode()
        return self.process.wait(PATIENCE_SECONDS), self.output

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def tell_group(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def end(self) -> None:
        """Leave nothing behind, however the test went."""
        if self.process.poll() is None:
            self.process.kill()
        self.finish()
        assert self.process.stdout is not None
        self.process.stdout.close()
