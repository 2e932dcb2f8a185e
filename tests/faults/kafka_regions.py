"""Two regions whose logs are on Kafka clusters of their own, and every line between them a proxy that can be cut.

Owns the brokers, the nodes as real processes, and the lines. A Kafka client goes on at the address that a broker names,
so each broker has a listener for its own region and one for the peers, and names the proxy before each.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from services.cli.credentials import Credentials, read_credentials
from services.drill.links import HOST, Link, Links
from services.local_kafka.broker import SETTINGS, Broker, free_port
from tests.contract.kafka_broker import started
from tests.running import TWO_REGIONS, child_environment, wait_until

NODE: Final = "{}'s node"
BROKER: Final = "{}'s broker"
LISTENERS: Final = ("OWN", "PEERS")


class KafkaRegion:
    """One region: its broker, its node, and the ports of the proxies before them."""

    def __init__(self, region: str, peer: str, folder: Path, links: Links) -> None:
        self.region, self.peer, self.folder = region, peer, folder / region
        self.api, self.feed = free_port(), free_port()
        behind = {name: free_port() for name in LISTENERS}
        lines = {"OWN": Link(NODE.format(region), BROKER.format(region)), "PEERS": Link(peer, region)}
        self.proxies = {name: links.add(lines[name], behind[name]) for name in LISTENERS}
        self.feed_proxy = links.add(Link(peer, region), self.feed)
        self.broker = Broker(self.folder / "kafka")
        self.broker.settings = self._listeners(behind)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def directory(self) -> Path:
        return self.folder / "node"

    def start(self, other: "KafkaRegion", administrator: str) -> None:
        """Start the node, which waits for the card of the other one."""
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(self._settings(other)))
        cards = (
            "--show-card",
            str(self.folder.parent / "cards" / self.region),
            "--cards",
            str(self.folder.parent / "cards"),
        )
        first = ("--administrator", administrator) if administrator else ()
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "services.cli", "node", "run", "--settings", str(settings), *cards, *first,
                 "--directory", str(self.directory)],
                env=child_environment(),
                stdout=output,
                stderr=output,
                process_group=0,
            )  # fmt: skip

    def client(self, credentials: Credentials, read_timeout: float = 60) -> Any:
        """It does not retry."""
        return boto3.client(
            "kms",
            region_name=self.region,
            endpoint_url=f"http://127.0.0.1:{self.api}",
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret.reveal().decode(),
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=read_timeout),
        )

    def close(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _settings(self, other: "KafkaRegion") -> dict[str, Any]:
        return {
            "region": self.region,
            "api": {"host": "127.0.0.1", "port": self.api},
            "feed": {"host": "127.0.0.1", "port": self.feed},
            "log": {"bootstrap": f"{HOST}:{self.proxies['OWN']}", "development": True},
            "partitions": 2,
            "peers": [
                {
                    "region": other.region,
                    "feed": {"host": HOST, "port": other.feed_proxy},
                    "kafka": {"bootstrap": f"{HOST}:{other.proxies['PEERS']}", "development": True},
                }
            ],
        }

    def _listeners(self, behind: dict[str, int]) -> dict[str, str]:
        own = {"PLAINTEXT": self.broker.port, **behind, "CONTROLLER": self.broker.controller_port}
        told = {"PLAINTEXT": self.broker.bootstrap, **{name: f"{HOST}:{self.proxies[name]}" for name in LISTENERS}}
        protocols = ",".join(f"{name}:PLAINTEXT" for name in LISTENERS)
        return {
            "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in own.items()),
            "advertised.listeners": ",".join(f"{name}://{address}" for name, address in told.items()),
            "listener.security.protocol.map": f"{SETTINGS['listener.security.protocol.map']},{protocols}",
        }


class KafkaRegions:
    """Both of them, running."""

    def __init__(self, regions: tuple[KafkaRegion, KafkaRegion], links: Links) -> None:
        self.near, self.far = regions
        self._links = links

    @property
    def credentials(self) -> Credentials:
        kept = read_credentials(self.near.directory)
        assert kept is not None
        return kept

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Nothing passes between the two regions."""
        with self._links.cut(self.near.region):
            yield

    @contextmanager
    def without_broker(self, region: KafkaRegion) -> Iterator[None]:
        """Nothing passes between the region's node and its broker, and nobody hangs up."""
        with self._links.cut(BROKER.format(region.region)):
            yield

    def restart_brokers(self) -> None:
        """Both at once, as an upgrade in haste does it."""
        for step in (Broker.stop, Broker.spawn, Broker.wait):
            for region in (self.near, self.far):
                step(region.broker)


@contextmanager
def kafka_regions(folder: Path) -> Iterator[KafkaRegions]:
    """Two regions with an account whose home is the first one. Skips, or fails, where there is no Kafka."""
    with ExitStack() as stack:
        links = Links()
        stack.callback(links.close)
        first, second = TWO_REGIONS
        near, far = KafkaRegion(first, second, folder, links), KafkaRegion(second, first, folder, links)
        stack.enter_context(started(near.broker, far.broker))
        for region in (near, far):
            (folder / "cards" / region.region).mkdir(parents=True)
            stack.callback(region.close)
        near.start(far, f"http://127.0.0.1:{near.api}")
        far.start(near, "")
        wait_until(lambda: read_credentials(near.directory) is not None, "the account is made", 120)
        yield KafkaRegions((near, far), links)
