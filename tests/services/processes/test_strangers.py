"""Children of others are waited for, and own children are left to who has started them."""

import subprocess
import sys

import pytest

from tests.running import child_environment

FIRST = """
import asyncio, ctypes, os, subprocess, sys
from services.processes.strangers import reap_strangers

TURN_SECONDS, PR_SET_CHILD_SUBREAPER = 0.05, 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # as the first process of a container is one
LEAVING_ANOTHER = "import os; pid = os.fork(); print(pid, flush=True) if pid else os.close(1)"

async def main():
    reaping = asyncio.create_task(reap_strangers(TURN_SECONDS))
    strangers = [int(subprocess.check_output([sys.executable, "-c", LEAVING_ANOTHER])) for _ in range(3)]
    own = [await asyncio.create_subprocess_exec("sh", "-c", f"exit {status}") for status in range(8)]
    statuses = [await child.wait() for child in own]
    async with asyncio.timeout(20):
        while any(os.path.exists(f"/proc/{pid}") for pid in strangers):
            await asyncio.sleep(TURN_SECONDS)
    print(statuses, reaping.done())

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a test be the first process")
def test_strangers_are_waited_for_and_own_children_are_not() -> None:
    command = [sys.executable, "-c", FIRST]
    told = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True, timeout=60)
    assert (told.stdout, told.stderr) == ("[0, 1, 2, 3, 4, 5, 6, 7] False\n", "")
