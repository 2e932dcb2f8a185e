"""A short campaign of faults, as `make faults` runs a long one, and the tools that it is made with."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.drill.calls import Outcome
from services.drill.client import judged
from services.drill.links import HOST, Link, Links
from tests.faults.campaign import system_calls
from tests.faults.campaign.campaign import Plan, run_campaign
from tests.faults.campaign.figures import as_object
from tests.faults.campaign.table import lines
from tests.running import TWO_REGIONS
from tests.thoroughness import in_full_only

FAULTS = ("replicator killed", "region stopped", "region cut off")


@in_full_only
@pytest.mark.timeout(240)
def test_a_short_campaign_finds_nothing_lost_and_nothing_out_of_order(tmp_path: Path) -> None:
    plan = Plan(TWO_REGIONS, kafka=False, nodes=1, seconds=1.5, rounds=1, names=FAULTS, seed=7)
    figures = as_object(run_campaign(tmp_path / "keytide", plan, lambda _: None), {"seed": plan.seed}, "here")
    assert {name: found for name, found in figures["violations"].items() if found} == {}
    assert [row["fault"] for row in figures["faults"]] == list(FAULTS)
    assert all(row["ok"] > 50 for row in figures["faults"])
    assert figures["delays_milliseconds"]["after a cut"]["samples"] > 0
    assert sum(line.startswith("|") for line in lines(figures)) == len(FAULTS) + 2


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, {}, (Outcome.OK, "")),
        (400, {"__type": "DisabledException"}, (Outcome.REFUSED, "DisabledException")),
        (500, {"__type": "DependencyTimeoutException"}, (Outcome.REFUSED, "DependencyTimeoutException")),
        (500, {"__type": "KMSInternalException"}, (Outcome.UNKNOWN, "KMSInternalException")),
        (503, {}, (Outcome.UNKNOWN, "503")),
    ],
)
def test_what_an_answer_says_of_a_call(status: int, answer: dict[str, Any], expected: tuple[Outcome, str]) -> None:
    assert judged(status, answer)[:2] == expected


def test_a_cut_link_stands_still_and_loses_nothing() -> None:
    links = Links()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = links.add(Link("a", "b"), server.getsockname()[1])
        with socket.create_connection((HOST, port), 5) as near, server.accept()[0] as far:
            near.sendall(b"before")
            assert far.recv(10) == b"before"
            with links.cut("b"):
                near.sendall(b"during")
                far.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    far.recv(10)
            far.settimeout(5)
            assert far.recv(10) == b"during"
            with links.cut("c"):
                far.sendall(b"back")
                near.settimeout(5)
                assert near.recv(10) == b"back"
    links.close()


def test_system_calls_fail_in_a_process_that_is_traced(tmp_path: Path) -> None:
    if not system_calls.can_trace():
        pytest.skip("NOT TESTED: failing system calls (no strace, or it may not trace)")
    code = "import os, sys; file = open(sys.argv[1], 'wb'); sys.stdin.readline(); os.fsync(file)"
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        system_calls.failing(process.pid, system_calls.SYNCING, "EIO"),
    ):
        _, told = process.communicate("\n", timeout=20)
    assert "Input/output error" in told
