"""Hardening, logs, locks and sockets of a process."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from services.processes.directory_lock import DirectoryInUse, lock_directory
from services.processes.error_file import last_error, open_error_file
from services.processes.sockets import AddressBusy, listen_tcp, listen_unix

HARDENED = """
import os, resource
from services.processes.hardening import harden
print(harden(), resource.getrlimit(resource.RLIMIT_CORE), os.stat("/proc/self/mem").st_uid)
"""
LIMITED = """
import resource
from services.processes.descriptors import raise_descriptor_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 200))
print(raise_descriptor_limit(100), raise_descriptor_limit(300), raise_descriptor_limit(100))
"""
LOGGED = """
import logging, sys, pathlib
from services.processes.process_log import log_to
log_to(pathlib.Path(sys.argv[1]), "worker-1")
logging.getLogger("x").info("begun %s", 1, extra={"region": "us-east-1"})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's limits")
def test_a_hardened_process_leaves_no_core_and_is_not_dumpable() -> None:
    assert run(HARDENED).split("]")[1].strip() == "(0, 0) 0"


def test_the_limit_of_descriptors_is_raised_as_far_as_allowed() -> None:
    assert run(LIMITED).split() == ["100", "200", "200"]


def test_log_lines_are_json_in_a_private_file(tmp_path: Path) -> None:
    run(LOGGED, str(tmp_path / "logs"))
    path = tmp_path / "logs" / "worker-1.log"
    line = json.loads(path.read_text())
    assert (line["message"], line["region"], line["level"], line["logger"]) == ("begun 1", "us-east-1", "info", "x")
    assert line["time"].endswith("+00:00")
    assert path.stat().st_mode & 0o777 == 0o600


def test_log_lines_go_to_standard_output_where_the_environment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYTIDE_LOG", "stdout")
    assert json.loads(run(LOGGED, str(tmp_path / "logs")))["message"] == "begun 1"
    assert not (tmp_path / "logs").exists()


def test_a_directory_is_locked_until_every_holder_has_closed_it(tmp_path: Path) -> None:
    held = lock_directory(tmp_path, 0)
    inherited = os.dup(held)
    os.close(held)
    with pytest.raises(DirectoryInUse, match="in use by another keytide"):
        lock_directory(tmp_path, 0)
    os.close(inherited)
    os.close(lock_directory(tmp_path, 0))


def test_a_busy_port_is_named() -> None:
    with listen_tcp("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(AddressBusy, match=f"127.0.0.1:{port} is in use"):
            listen_tcp("127.0.0.1", port, patience=0)


def test_a_stale_socket_file_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    listen_unix(path).close()
    with listen_unix(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_last_line_of_an_error_file_tells_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "worker.errors"
    assert last_error(path) == ""
    with open_error_file(path) as file:
        file.write(b"Traceback\n  at\nValueError: x\n\n")
    assert last_error(path) == "ValueError: x"
    with open_error_file(path) as file:
        file.write(b"  +-+------- 1 -------\n    | OSError: full\n    +------------------\n")
    assert last_error(path) == "OSError: full"


def run(code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout
