"""One Kafka process on loopback that is broker and controller (KRaft).

Owns its settings, its storage folder, its start and its end. The process stays in the process group of its starter
and dies with it. Source of the settings: https://kafka.apache.org/documentation/#brokerconfigs
"""

import base64
import contextlib
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.local_kafka import tied_to_parent
from services.local_kafka.jars import HERE, jars, require_tool
from services.plain_fault import PlainFault
from services.processes.command_line import bare_environment

# The serial collector and the first compiler tier start fastest: 2 s instead of 4 s.
FAST_START: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
SETTINGS: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A single broker has no replica to hold what a power cut takes: fsync before it acknowledges.
    "log.flush.interval.messages": "1",
    # For so long the restart of a killed broker is refused. Default 9 s.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # The cleaner's default buffer, 128 MiB of heap, is more than a small JVM has.
    "log.cleaner.dedupe.buffer.size": "4194304",
}


BY_HAND: Final = "by-hand.properties"


class BrokerFailed(PlainFault):
    """The broker did not start; the message names its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def random_id() -> str:
    """The id of a cluster or of a directory as Kafka writes them: 16 random bytes, base64url without padding.

    A leading dash would be taken for an option.
    """
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text


@dataclass
class Broker:
    """A broker that keeps everything in `folder`; the same folder with the same ports starts again, also after a crash.

    `settings` are added to the broker's own, or replace them; so do those that somebody has written into
    `by-hand.properties` in the folder. `heap_megabytes` bounds the JVM's heap. `formatting`: how
    StorageTool makes new storage, beside the cluster's id; a broker alone is its own quorum. `further_ports`: on which
    `settings` have it listen, too.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    heap_megabytes: int = 256
    cluster_id: str = field(default_factory=random_id)
    formatting: Sequence[str] = ("--standalone",)
    further_ports: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """What a client connects to: `host:port`."""
        return f"127.0.0.1:{self.port}"

    def start(self, timeout_seconds: float = 60) -> "Broker":
        """Format, spawn, wait. Errors: MissingTool, BrokerFailed."""
        self.format()
        self.spawn()
        self.wait(timeout_seconds)
        return self

    def format(self) -> None:
        """Write the configuration, and format the storage if it is new (1 s). Errors: MissingTool, BrokerFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        by_hand = self.folder / BY_HAND
        own = "".join(f"{name}={value}\n" for name, value in self._properties().items())
        self._configuration.write_text(own + (by_hand.read_text() if by_hand.exists() else ""))  # the last one counts
        if (self.folder / "data" / "meta.properties").exists():
            return
        tool = [
            "kafka.tools.StorageTool",
            "format",
            *self.formatting,
            "-t",
            self.cluster_id,
            "-c",
            str(self._configuration),
        ]
        environment = bare_environment()
        finished = subprocess.run(self.java(tool), env=environment, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise BrokerFailed(f"Kafka's storage in {self.folder} could not be formatted: {finished.stderr[-2000:]}")

    def spawn(self) -> None:
        """Start the JVM and return at once."""
        command = tied_to_parent.command(self.java(["kafka.Kafka", str(self._configuration)]))
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=bare_environment()
            )

    def wait(self, timeout_seconds: float = 60) -> None:
        """Wait until the broker is ready: in KRaft its client ports open only then, one after the other.

        Errors: BrokerFailed.
        """
        closed = [self.port, *self.further_ports]
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise BrokerFailed(f"the broker ended while starting: see {self._log}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", closed[0]), 1):
                closed.pop(0)
            if not closed:
                return
            time.sleep(0.05)
        raise BrokerFailed(f"no broker on {self.bootstrap} after {timeout_seconds} s: see {self._log}")

    def stop(self, patience_seconds: float = 10) -> None:
        """Stop cleanly; kill what has not ended after `patience_seconds`. Stopping twice does nothing."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_seconds)
            self.kill()

    def kill(self) -> None:
        """Crash: the JVM gets SIGKILL and has ended when this returns. The same folder starts again."""
        if self.process is not None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process.wait()
            self.process = None

    @property
    def _configuration(self) -> Path:
        return self.folder.resolve() / "server.properties"

    @property
    def _log(self) -> Path:
        return self.folder.resolve() / "broker.log"

    def _properties(self) -> dict[str, str]:
        client, controller = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.controller_port}"
        return {
            **SETTINGS,
            "listeners": f"PLAINTEXT://{client},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{client}",
            "controller.quorum.bootstrap.servers": controller,
            "log.dirs": str(self.folder.resolve() / "data"),
            **self.settings,
        }

    def java(self, arguments: Sequence[str]) -> list[str]:
        """The command line of a JVM with Kafka's jars: class, then its arguments. Errors: MissingTool."""
        logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.yaml'}"
        memory = f"-Xmx{self.heap_megabytes}m"
        return [require_tool("java"), memory, *FAST_START, logging, "-cp", f"{jars()}/*", *arguments]
