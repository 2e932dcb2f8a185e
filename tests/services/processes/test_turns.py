"""Turns on the processor: asked for by whom they are for, and refused without harm."""

import os
import subprocess
import sys

import pytest

from services.processes.turns import SWITCH_SECONDS, interrupt_nobody

ASKS = """
import os, sys
from services.processes.turns import interrupt_nobody, switch_soon
interrupt_nobody()
switch_soon()
print(os.sched_getscheduler(0) == os.SCHED_BATCH, sys.getswitchinterval())
"""


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux")
def test_a_process_has_the_turns_that_it_has_asked_for() -> None:
    told = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True).stdout.split()
    assert told[0] == "True"
    assert float(told[1]) == pytest.approx(SWITCH_SECONDS)


def test_a_system_that_refuses_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_asked: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.sched_setscheduler", refuses, raising=False)
    interrupt_nobody()
