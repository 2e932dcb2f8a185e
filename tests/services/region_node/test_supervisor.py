"""A node's process tree: what the children are told and given."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from services.processes.child import ChildCommand
from services.region_node import supervisor
from services.region_node.settings.settings import (
    Address,
    NodeSettings,
    PeerSettings,
    read_node_settings,
    write_node_settings,
)
from services.region_node.state.state_care import is_suspected
from services.region_node.supervisor import Inherited, Phases, node_children, run_node

ANSWERING = """
import asyncio, socket, sys, pathlib
async def answer(reader, writer):
    writer.write(b"hello"); writer.close()
async def main():
    for number in sys.argv[2:]:
        listening = socket.socket(fileno=int(number)); listening.setblocking(False)
        await asyncio.start_server(answer, sock=listening)
    pathlib.Path(sys.argv[1]).touch()
    await asyncio.sleep(60)
asyncio.run(main())
"""


def settings(directory: Path, port: int = 0, workers: int = 1) -> NodeSettings:
    peers = (PeerSettings("eu-west-1", feed=Address("127.0.0.1", 1)),)
    api = Address("127.0.0.1", port)
    node = NodeSettings("us-east-1", api, Address("127.0.0.1", 0), workers=workers, peers=peers, directory=directory)
    write_node_settings(node)
    return read_node_settings(directory, "us-east-1")


def test_command_lines_name_this_region_and_no_other(tmp_path: Path) -> None:
    phases = node_children(settings(tmp_path, workers=2), Inherited(3, 4, 5, 6))
    names = [[command.name for command in phase] for phase in phases]
    lines = [" ".join(command.arguments) for phase in phases for command in phase]
    assert names == [["worker-1", "worker-2"], ["replicator", "auditor"]]
    assert all("--region us-east-1" in line and "eu-west-1" not in line for line in lines)


def test_only_workers_get_the_sockets_and_all_get_life_line_and_lock(tmp_path: Path) -> None:
    (worker,), others = node_children(settings(tmp_path), Inherited(3, 4, 5, 6))
    assert worker.pass_fds == (3, 4, 5, 6)
    assert [other.pass_fds for other in others] == [(5, 6)] * 2
    assert worker.arguments[-2:] == ("--life-line", "5")


async def test_children_answer_on_both_sockets_until_the_node_is_told_to_stop(tmp_path: Path) -> None:
    node = settings(tmp_path, port=free_port())
    up = tmp_path / "up"

    def children(_: NodeSettings, inherited: Inherited) -> Phases:
        arguments = (sys.executable, "-c", ANSWERING, str(up), str(inherited.tcp), str(inherited.door))
        return ((ChildCommand("worker-1", arguments, (inherited.tcp, inherited.door)),),)

    running = asyncio.create_task(run_node(node, children))
    async with asyncio.timeout(60):
        while not up.exists():  # noqa: ASYNC110 - a child's file is the only sign
            await asyncio.sleep(0.01)
        tcp, writer = await asyncio.open_connection("127.0.0.1", node.api.port)
        door, second_writer = await asyncio.open_unix_connection(str(node.door_socket))
        assert await tcp.read() == b"hello"
        assert await door.read() == b"hello"
        writer.close()
        second_writer.close()
        os.kill(os.getpid(), signal.SIGTERM)
        await running


DYING = """
import os, pathlib, signal, sys, time
directory = pathlib.Path(sys.argv[1])
starts = directory / "starts"
with starts.open("a") as file:
    file.write("x")
if starts.stat().st_size == 1:
    while not (directory / "others").exists():
        time.sleep(0.01)  # the other child lives by then, and is seen to start a second time
    if sys.argv[2] == "says":
        (directory / "state.suspected").write_text("a page is impossible")
    else:
        os.kill(os.getpid(), signal.SIGBUS)
    sys.exit(1)
time.sleep(60)
"""
LIVING = """
import pathlib, sys, time
with (pathlib.Path(sys.argv[1]) / "others").open("a") as file:
    file.write("x")
time.sleep(60)
"""


@pytest.mark.parametrize("how", ["says", "is killed by a page that is missing"])
async def test_a_child_that_meets_damage_has_the_state_cared_for_while_no_child_runs(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = settings(tmp_path, port=free_port())
    looked: list[bool] = []

    def care(settings: NodeSettings) -> bool:
        looked.append(is_suspected(settings))
        (tmp_path / "state.suspected").unlink(missing_ok=True)
        return False

    def children(_settings: NodeSettings, _inherited: Inherited) -> Phases:
        dying = ChildCommand("replicator", (sys.executable, "-c", DYING, str(tmp_path), how))
        return ((ChildCommand("worker-1", (sys.executable, "-c", LIVING, str(tmp_path))),), (dying,))

    monkeypatch.setattr(supervisor, "care_for_state", care)
    running = asyncio.create_task(run_node(node, children))
    async with asyncio.timeout(60):
        while [size(tmp_path / name) for name in ("starts", "others")] != [2, 2]:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    assert looked == [False, True]
    os.kill(os.getpid(), signal.SIGTERM)
    await running


async def test_an_auditor_that_dies_of_a_damaged_file_stops_nothing(tmp_path: Path) -> None:
    node = settings(tmp_path, port=free_port())

    def children(_settings: NodeSettings, _inherited: Inherited) -> Phases:
        dying = ChildCommand("auditor", (sys.executable, "-c", DYING, str(tmp_path), "is killed"))
        return ((ChildCommand("worker-1", (sys.executable, "-c", LIVING, str(tmp_path))),), (dying,))

    running = asyncio.create_task(run_node(node, children))
    async with asyncio.timeout(60):
        while size(tmp_path / "starts") < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    assert size(tmp_path / "others") == 1
    os.kill(os.getpid(), signal.SIGTERM)
    await running


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
