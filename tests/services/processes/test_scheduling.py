"""A process that interrupts nobody: the system is asked for it, and may refuse."""

import os
import subprocess
import sys

import pytest

from services.processes.scheduling import interrupt_nobody

ASKS = """
import os
from services.processes.scheduling import interrupt_nobody
interrupt_nobody()
print(os.sched_getscheduler(0) == os.SCHED_BATCH)
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux")


def test_the_system_schedules_it_as_it_has_asked() -> None:
    told = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True).stdout
    assert told == "True\n"


def test_a_system_that_refuses_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuses(_process: int, policy: object, _priority: object) -> None:
        asked.append(policy)
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuses)
    interrupt_nobody()
    assert asked == [os.SCHED_BATCH]
