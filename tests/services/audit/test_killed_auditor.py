"""The real process, killed again and again while entries are written: each is in the trail exactly once."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from services.audit.auditor_figures import read_figures
from services.cli.node.new_region import found_keys
from services.clock import now_milliseconds
from services.region_node.settings.settings import Address, NodeSettings, write_node_settings
from tests.services.audit.making import NOW, archived
from tests.thoroughness import often

REGION = "us-east-1"
KILLS = often(40, otherwise=2)
FRAMES, SIZE, CHAINS = often(12_000, otherwise=300), 3, 2
PATIENCE_SECONDS = 120.0


def test_an_auditor_that_is_killed_again_and_again_carries_each_entry_once(tmp_path: Path) -> None:
    node = _founded(tmp_path)
    chains = [f"node-1/worker-{number}/{number:016x}" for number in range(1, CHAINS + 1)]
    writers = [_writer(node, chain) for chain in chains]
    chance = random.Random(1)
    for _ in range(KILLS):
        auditor = _auditor(node)
        time.sleep(chance.uniform(0.6, 1.6))
        auditor.kill()
        auditor.wait()
    auditor = _auditor(node)
    try:
        assert [writer.wait(PATIENCE_SECONDS) for writer in writers] == [0] * CHAINS
        _wait_until_cleared(node)
    finally:
        auditor.terminate()
        assert auditor.wait(30) == 0
    each = [(chain, number) for chain in chains for number in range(1, FRAMES * SIZE + 1)]
    assert Counter(archived(node.trail_directory)) == Counter(each)
    figures = read_figures(node.directory / "run" / "counts", now_milliseconds())
    assert [figures[name] for name in ("forks", "holes", "changed", "lag_entries")] == [0, 0, 0, 0]


def _founded(directory: Path) -> NodeSettings:
    node = NodeSettings(REGION, Address("127.0.0.1", 0), Address("127.0.0.1", 0), directory=directory / "region")
    node.directory.mkdir()
    write_node_settings(node)
    found_keys(node, NOW)
    return node


def _auditor(node: NodeSettings) -> "subprocess.Popen[bytes]":
    place = ("--region", REGION, "--directory", str(node.directory))
    return subprocess.Popen([sys.executable, "-m", "services.cli", "auditor", *place])


def _writer(node: NodeSettings, chain: str) -> "subprocess.Popen[bytes]":
    arguments = (str(node.spool_directory), chain, str(FRAMES), str(SIZE))
    return subprocess.Popen([sys.executable, "-m", "tests.services.audit.spooling_process", *arguments])


def _wait_until_cleared(node: NodeSettings) -> None:
    """The auditor removes what has come into the trail."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while list(node.spool_directory.rglob("*.segment")):
        assert time.monotonic() < deadline, "the spools are not cleared"
        time.sleep(0.1)
