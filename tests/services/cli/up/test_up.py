"""`keytide up` from outside, with scripted regions: starts, stops, restarts, and what it refuses."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import free_port
from tests.services.cli.running_up import ROOT, RunningUp

READY = "Keytide is ready"
SHORTEST_PATIENCE, LONGEST_PATIENCE = 3, 45
STARTS = 15
"""A region is there before the shortest command has run so often, one after the other."""
Start = Callable[..., RunningUp]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def patience() -> str:
    """Seconds after which a region counts as stuck: so many that one which is not answers, on a busy machine too."""
    began = time.monotonic()
    keytide("--version")
    return str(min(LONGEST_PATIENCE, max(SHORTEST_PATIENCE, round(STARTS * (time.monotonic() - began)))))


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    """Starts runs in one directory, with two regions unless told otherwise."""
    runs: list[RunningUp] = []

    def begin(*arguments: str, regions: str | None = "us-east-1,eu-west-1") -> RunningUp:
        named = () if regions is None else ("--regions", regions)
        runs.append(RunningUp(tmp_path, "--port", str(port), *named, *arguments))
        return runs[-1]

    yield begin
    for run in runs:
        run.end()


def test_a_first_start_proves_itself_and_a_second_keeps_everything(start: Start, tmp_path: Path) -> None:
    first = start()
    output = first.until(READY)
    assert "export AWS_SECRET_ACCESS_KEY=c2NyaXB0ZWQ=" in output
    assert "self-test: encrypted in eu-west-1, decrypted in us-east-1" in output
    first.tell(signal.SIGTERM)
    assert first.finish()[0] == 0
    again = start(regions=None)
    output = again.until(READY)
    again.tell_group(signal.SIGINT)
    status, output = again.finish()
    assert (status, "c2NyaXB0ZWQ=" in output, "starting it again" in output) == (0, False, False)
    assert (tmp_path / ".keytide/us-east-1/created").read_text() == "1"
    credentials = tmp_path / ".keytide/credentials.env"
    assert credentials.stat().st_mode & 0o777 == 0o600
    assert "export AWS_ACCESS_KEY_ID=AKIASCRIPTED" in credentials.read_text()


def test_lost_credentials_are_replaced_and_the_former_named(start: Start, tmp_path: Path) -> None:
    first = start()
    assert "Account 000000000000 and its administrator are made." in first.until(READY)
    first.tell(signal.SIGTERM)
    assert first.finish()[0] == 0
    (tmp_path / ".keytide/credentials.env").unlink()
    output = start().until(READY)
    assert "Account 000000000000 was here, its credentials were not" in output
    assert "ends them: AKIAFORMER." in output


def test_nothing_survives_kill_9_and_the_next_start_goes_on(start: Start) -> None:
    first = start()
    first.until(READY)
    first.tell(signal.SIGKILL)
    assert first.finish()[0] == -signal.SIGKILL
    second = start()
    assert READY in second.until(READY)


def test_command_lines_name_one_region_and_stay_in_the_group(start: Start) -> None:
    run = start()
    run.until(READY)
    own = [line for _, line in processes(run) if "services.cli up" not in line]
    assert len(own) == 9  # a door; two regions with supervisor, worker, replicator, auditor
    assert [line for line in own if "us-east-1" in line and "eu-west-1" in line] == []


def test_a_region_that_dies_is_said_and_started_again(start: Start, tmp_path: Path) -> None:
    run = start()
    run.until(READY)
    (supervisor,) = [process for process, line in processes(run) if "cli node --region eu-west-1" in line]
    os.kill(supervisor, signal.SIGKILL)
    run.until("region eu-west-1 ended by signal 9")
    run.until("region eu-west-1 is started again")
    run.tell(signal.SIGTERM)
    assert run.finish()[0] == 0


def test_a_region_that_gets_no_further_keeps_nobody_waiting_and_is_taken_in_later(
    start: Start, tmp_path: Path, patience: str
) -> None:
    hindrance = tmp_path / ".keytide/eu-west-1/not-ready"
    hindrance.parent.mkdir(parents=True)
    hindrance.write_text("partition 13 waits")
    run = start("--patience", patience)
    output = run.until("aws kms list-keys")
    assert "region us-east-1 is ready" in output
    assert "self-test: encrypted in us-east-1, decrypted in us-east-1" in output
    assert "Keytide is up, but not whole: 1 of 2 regions are ready." in output
    assert "not ready: partition 13 waits" in output
    assert len(processes(run)) == 10
    hindrance.unlink()
    output = run.until(READY)
    assert "region eu-west-1 is ready" in output
    assert "self-test: encrypted in eu-west-1, decrypted in us-east-1" in output
    run.tell(signal.SIGTERM)
    assert run.finish()[0] == 0


def test_credentials_wait_for_the_home_region_and_nothing_else_does(
    start: Start, tmp_path: Path, patience: str
) -> None:
    hindrance = tmp_path / ".keytide/us-east-1/not-ready"
    hindrance.parent.mkdir(parents=True)
    hindrance.write_text("partition 13 waits")
    run = start("--patience", patience)
    output = run.until("Keytide is up, but not whole: 1 of 2 regions are ready.")
    assert "the administrator's credentials are made once us-east-1 is ready" in output
    hindrance.unlink()
    assert "export AWS_SECRET_ACCESS_KEY=c2NyaXB0ZWQ=" in run.until(READY)


def test_a_region_whose_keys_do_not_open_is_left_out(start: Start, tmp_path: Path) -> None:
    first = start()
    first.until(READY)
    first.tell(signal.SIGTERM)
    assert first.finish()[0] == 0
    (tmp_path / ".keytide/eu-west-1/root").unlink()
    run = start()
    output = run.until("Keytide is up, but not whole: 1 of 2 regions are ready.")
    assert "region eu-west-1 is left out: .keytide/eu-west-1/root" in output
    assert [line for _, line in processes(run) if "--region eu-west-1" in line] == []


def test_where_no_region_answers_the_start_fails_with_every_reason(start: Start, tmp_path: Path, patience: str) -> None:
    for region in ("us-east-1", "eu-west-1"):
        directory = tmp_path / ".keytide" / region
        directory.mkdir(parents=True)
        (directory / "refuse-to-start").touch()
    status, output = start("--patience", patience).finish()
    assert status == 1
    assert "keytide: region us-east-1: does not answer" in output
    assert "; region eu-west-1: does not answer" in output


def test_a_stop_during_the_start_is_obeyed(start: Start, tmp_path: Path) -> None:
    hindrance = tmp_path / ".keytide/us-east-1/not-ready"
    hindrance.parent.mkdir(parents=True)
    hindrance.write_text("partition 13 waits")
    run = start()
    run.until("region eu-west-1 is ready")
    run.tell(signal.SIGTERM)
    status, output = run.finish()
    assert (status, output.splitlines()[-2].split("] ")[1]) == (0, "stopping")


def test_a_busy_port_is_named_with_what_to_do(start: Start, port: int) -> None:
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        busy.bind(("127.0.0.1", port + 2))
        busy.listen()
        status, output = start().finish()
    assert status == 1
    assert output == (
        f"keytide: 127.0.0.1:{port + 2} is in use by another program; stop that, or choose other ports,"
        " for example with --port 9100\n"
    )


def test_a_directory_in_use_and_other_regions_are_refused(start: Start) -> None:
    start().until(READY)
    status, output = start().finish()
    assert (status, "in use by another keytide" in output) == (1, True)


def test_other_regions_than_the_directory_was_made_for_are_refused(start: Start) -> None:
    first = start(regions="us-east-1")
    first.until(READY)
    first.tell(signal.SIGTERM)
    first.finish()
    status, output = start(regions="us-east-1,eu-west-1").finish()
    assert status == 1
    assert output.startswith("keytide: .keytide was made for --regions us-east-1: start it with these")
    status, output = start("--kafka", regions=None).finish()
    assert (status, "start it without --kafka" in output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up", "--regions", "mars"), "'mars' is no region name"),
        (("up", "--regions", "us-east-1,us-east-1"), "a region is named twice"),
        (("up", "--workers", "0"), "must be a whole number from 1"),
        (("up", "--port", "65500"), "must be at most"),
        (("down",), "invalid choice"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[str, ...], message: str) -> None:
    run = keytide(*arguments)
    assert run.returncode == 2
    assert message in run.stderr


def test_a_node_without_settings_says_so_in_one_line(tmp_path: Path) -> None:
    run = keytide("node", "--region", "us-east-1", "--directory", str(tmp_path))
    assert run.returncode == 1
    assert run.stderr == f"keytide: {tmp_path}/node.json: cannot be read: No such file or directory\n"


def test_the_version_is_told() -> None:
    assert keytide("--version").stdout.startswith("keytide ")


def keytide(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def processes(run: RunningUp) -> list[tuple[int, str]]:
    """Number and command line of every process in the run's group."""
    columns = ["-o", "pid=", "-o", "pgid=", "-o", "args="]
    listing = subprocess.run(["ps", "-eww", *columns], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    return [(int(row[0]), row[2]) for row in rows if row[1] == str(run.process.pid)]
