"""Two nodes of one region as real processes: what one acknowledges binds the next request at the other."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from tests.linearizability import Operation, is_linearizable
from tests.running import (
    PATIENCE_SECONDS,
    SECOND_NODE,
    Process,
    Running,
    child_environment,
    code_of,
    eventually,
    wait_until,
)
from tests.thoroughness import often, thorough

REGION = "us-east-1"
STOPPING_SECONDS = float(often(20, otherwise=8))
SEED = int(os.environ.get("KEYTIDE_TEST_SEED", str(random.randrange(1 << 32))))


class TwoNodes:
    """A region of two nodes, and clients that talk to one of them."""

    def __init__(self, directory: Path) -> None:
        self.run = Running(directory, (REGION,), "--nodes", "2")
        self.clients: list[Any] = []

    def ready(self) -> "TwoNodes":
        """Wait until both serve; what has broken one leaves it to be started again."""
        self.run.ready()
        wait_until(lambda: all(is_ready(self.endpoint(number)) for number in (1, 2)), "both nodes are ready")
        self.clients = self.clients or [self.client(1), self.client(2)]
        return self

    def endpoint(self, number: int) -> str:
        return f"http://127.0.0.1:{self.run.port + 1 + SECOND_NODE * (number - 1)}"

    def client(self, number: int) -> Any:
        return self.run.client(REGION, endpoint=self.endpoint(number), read_timeout=20)

    def second(self, *words: str) -> list[Process]:
        """The processes of the second node."""
        place = str(self.run.directory / f"{REGION}.node-2")
        found = [row for row in self.run.processes() if place in row.command_line.split()]
        return [row for row in found if not words or set(words) & set(row.command_line.split())]

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-P", "-m", "services.cli", *words, "--directory", str(self.run.directory)]
        return subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)


def is_ready(endpoint: str) -> bool:
    try:
        return urllib3.request("GET", f"{endpoint}/readyz", timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


@pytest.fixture(scope="module")
def nodes_of_the_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNodes]:
    made = TwoNodes(tmp_path_factory.mktemp("nodes") / "keytide")
    yield made
    made.run.close()


@pytest.fixture
def nodes(nodes_of_the_file: TwoNodes) -> TwoNodes:
    return nodes_of_the_file.ready()


def tell(processes: Iterable[Process], number: signal.Signals) -> None:
    """Send it to all that have not ended by themselves meanwhile."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.number, number)


def refusal(call: Callable[[], object]) -> str:
    """The code of the refusal, or "" for a success."""
    try:
        call()
    except ClientError as error:
        return code_of(error)
    return ""


def test_what_a_node_acknowledges_binds_the_next_request_at_the_other(nodes: TwoNodes) -> None:
    one, other = nodes.clients
    key = one.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(10):
        assert_binds_elsewhere(one, other, key)
        assert_binds_elsewhere(other, one, key)
    assert_revoked_grants_and_policies_bind(nodes, key)


def assert_binds_elsewhere(at: Any, elsewhere: Any, key: str) -> None:
    at.disable_key(KeyId=key)
    assert refusal(lambda: elsewhere.encrypt(KeyId=key, Plaintext=b"x")) == "DisabledException"
    elsewhere.enable_key(KeyId=key)
    assert refusal(lambda: at.encrypt(KeyId=key, Plaintext=b"x")) == ""


def assert_revoked_grants_and_policies_bind(nodes: TwoNodes, key: str) -> None:
    one = nodes.clients[0]
    iam = nodes.run.client(REGION, "iam")
    iam.create_user(UserName="guest")
    made = iam.create_access_key(UserName="guest")["AccessKey"]
    user = iam.get_user(UserName="guest")["User"]["Arn"]
    guest = nodes.run.client(
        REGION, endpoint=nodes.endpoint(2), secret=made["SecretAccessKey"], access_key_id=made["AccessKeyId"]
    )
    for _ in range(5):
        grant = one.create_grant(KeyId=key, GranteePrincipal=user, Operations=["Encrypt"])["GrantId"]
        assert refusal(lambda: guest.encrypt(KeyId=key, Plaintext=b"x")) == ""
        one.revoke_grant(KeyId=key, GrantId=grant)
        assert refusal(lambda: guest.encrypt(KeyId=key, Plaintext=b"x")) == "AccessDeniedException"
    policy = one.get_key_policy(KeyId=key)["Policy"]
    allowing = policy.replace('"Statement":[', '"Statement":[' + ALLOW_GUEST % user, 1).replace(
        '"Statement" : [', '"Statement" : [' + ALLOW_GUEST % user, 1
    )
    assert allowing != policy
    for _ in range(5):
        one.put_key_policy(KeyId=key, Policy=allowing)
        assert refusal(lambda: guest.encrypt(KeyId=key, Plaintext=b"x")) == ""
        one.put_key_policy(KeyId=key, Policy=policy)
        assert refusal(lambda: guest.encrypt(KeyId=key, Plaintext=b"x")) == "AccessDeniedException"


ALLOW_GUEST = '{"Sid":"guest","Effect":"Allow","Principal":{"AWS":"%s"},"Action":"kms:Encrypt","Resource":"*"},'


class Watched:
    """One key, switched on and off at both nodes while each is asked whether it is: every call with its times."""

    def __init__(self, nodes: TwoNodes) -> None:
        self._nodes = nodes
        self.key = nodes.clients[0].create_key()["KeyMetadata"]["KeyId"]
        self.writes: list[Operation] = []
        self.reads: dict[int, list[Operation]] = {1: [], 2: []}
        self._over = threading.Event()
        work = [(self._write, 1, True), (self._write, 2, False), *((self._read, number, None) for number in (1, 2))]
        self._threads = [threading.Thread(target=one, args=(number, value)) for one, number, value in work]

    def __enter__(self) -> "Watched":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def acknowledged(self) -> list[Operation]:
        return [write for write in self.writes if write.ended < inf]

    def enough(self) -> bool:
        """Whether what was seen can tell: a busy machine gets longer."""
        return len(self.acknowledged()) > 20 and all(len(reads) > 50 for reads in self.reads.values())

    def _write(self, number: int, value: bool) -> None:
        client = self._nodes.client(number)
        change = client.enable_key if value else client.disable_key
        while not self._over.wait(random.uniform(0.0, 0.1)):
            began, ended = time.monotonic(), inf
            try:
                change(KeyId=self.key)
                ended = time.monotonic()
            except (ClientError, BotoCoreError):
                pass  # unknown
            self.writes.append(Operation(True, value, began, ended))

    def _read(self, number: int, _value: object) -> None:
        client = self._nodes.client(number)
        while not self._over.is_set():
            began = time.monotonic()
            with contextlib.suppress(BotoCoreError):
                code = refusal(lambda: client.encrypt(KeyId=self.key, Plaintext=b"x"))
                if code in ("", "DisabledException"):
                    self.reads[number].append(Operation(False, not code, began, time.monotonic()))


@thorough
def test_no_answer_of_a_stopped_and_resumed_node_comes_from_before_what_was_acknowledged(nodes: TwoNodes) -> None:
    chance = random.Random(SEED)
    with Watched(nodes) as watched:
        began = time.monotonic()
        while time.monotonic() < began + (STOPPING_SECONDS if watched.enough() else PATIENCE_SECONDS):
            time.sleep(chance.uniform(0.2, 1.5))
            tell(nodes.second(*chance.choice([(), ("worker",), ("replicator",)])), signal.SIGSTOP)
            time.sleep(chance.uniform(0.1, 5.0))
            tell(sorted(nodes.second(), key=lambda _: chance.random()), signal.SIGCONT)
    assert len(watched.acknowledged()) > 20
    for number, reads in watched.reads.items():
        assert len(reads) > 50, f"node {number} has hardly served"
        history = watched.writes + reads
        assert is_linearizable(history, initial=True), f"KEYTIDE_TEST_SEED={SEED}: node {number} has gone back"


def test_a_node_that_is_killed_costs_its_region_a_moment_and_nothing_else(nodes: TwoNodes) -> None:
    one = nodes.clients[0]
    tell(nodes.second(), signal.SIGKILL)
    began = time.monotonic()
    key = one.create_key()["KeyMetadata"]["KeyId"]
    assert time.monotonic() - began < 10
    door = nodes.run.client(REGION)
    for _ in range(20):
        assert door.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    other = nodes.client(2)
    assert eventually(lambda: other.describe_key(KeyId=key))["KeyMetadata"]["KeyId"] == key


def standing(nodes: TwoNodes) -> str:
    """Of the second node, as the first one lists it."""
    lines = nodes.command("node", "list", "--region", REGION).stdout.splitlines()
    return next((line.split()[-1] for line in lines if line.startswith("node-2 ")), "")


def test_a_node_that_does_not_go_on_is_waited_for_once_and_serves_nothing_old_when_it_does(nodes: TwoNodes) -> None:
    one, other = nodes.clients
    key = one.create_key()["KeyMetadata"]["KeyId"]
    stopped = nodes.second()
    tell(stopped, signal.SIGSTOP)
    one.create_key()
    wait_until(lambda: standing(nodes) == "away", "it is missed")
    time.sleep(4)
    began = time.monotonic()
    one.create_key()
    one.disable_key(KeyId=key)
    assert time.monotonic() - began < 2
    tell(stopped, signal.SIGCONT)
    # A worker that stood still may be ended, and its connection with it: what counts is what is answered.
    assert eventually(lambda: refusal(lambda: other.encrypt(KeyId=key, Plaintext=b"x"))) in (
        "DisabledException",
        "DependencyTimeoutException",
    )
    wait_until(lambda: standing(nodes) == "admitted", "it is there again")
    wait_until(lambda: is_ready(nodes.endpoint(2)), "it serves")
    one.enable_key(KeyId=key)
    for _ in range(5):
        assert_binds_elsewhere(one, other, key)


def test_a_removed_node_serves_no_more_and_holds_up_nobody(nodes: TwoNodes) -> None:
    """The last test of the file, for one node is left."""
    listed = nodes.command("node", "list", "--region", REGION)
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == ["node-1", "node-2"], listed.stderr
    key = nodes.clients[0].create_key()["KeyMetadata"]["KeyId"]
    removed = nodes.command("node", "remove", "node-2", "--region", REGION)
    assert removed.returncode == 0, removed.stderr
    wait_until(
        lambda: refusal(lambda: nodes.clients[1].encrypt(KeyId=key, Plaintext=b"x")) == "DependencyTimeoutException",
        "the removed node refuses",
    )
    nodes.clients[0].disable_key(KeyId=key)
    time.sleep(4)  # nobody is waited for any more
    began = time.monotonic()
    nodes.clients[0].enable_key(KeyId=key)
    assert time.monotonic() - began < 2
    assert nodes.run.client(REGION).encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
