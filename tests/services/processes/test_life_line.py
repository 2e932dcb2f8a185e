"""No process outlives the one that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

CHILD = """
import sys, time
from services.processes import life_line
{before}
life_line.hold(int(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
from services.processes.life_line import LifeLine
line = LifeLine()
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(line.child_end)], pass_fds=[line.child_end])
print(child.pid, flush=True)
time.sleep(60)
"""
WITHOUT_SIGNAL = "life_line._end_with_parent_thread = lambda: None"
ROOT = Path(__file__).parents[3]


def test_a_child_ends_when_its_parent_is_killed() -> None:
    assert outcome_after_killing_the_parent("") == b""


def test_the_pipe_alone_ends_a_child() -> None:
    assert outcome_after_killing_the_parent(WITHOUT_SIGNAL) == b""


def outcome_after_killing_the_parent(before: str) -> bytes:
    """Start parent and child, kill the parent; the child shares its output, which ends only when both have ended."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD.format(before=before)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    with parent.stdout as output:
        seen = {output.readline().strip(), output.readline().strip()}
        assert b"held" in seen
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        return output.read()
