"""How soon a node is ready that holds many keys: after its state was lost, and after a plain restart.

Owns the benchmark `restart`: it founds a region, writes `CreateKey` records into its log under the region's own record
key, and starts a real node (supervisor, replicator, worker) in its directory. Ready is `/readyz` with 200; the clock
runs from the start of the process. The baseline of the ratio is the node that holds one key, started in the same run.
"""

import asyncio
import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rebuild import REGION, records, write
from benchmarks.running import up
from replication.log.embedded_log import EmbeddedLogs
from replication.sharing.publication import local_log
from services.cli.region_state import nodes_in
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings

PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.01


def run(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="keytide-bench-") as folder:
        directory = Path(folder) / "regions"
        with up(directory, "--regions", REGION):
            pass  # founded, and proven with one key
        (settings,) = nodes_in(directory, REGION)
        baseline = _seconds_until_ready(settings)
        asyncio.run(_write_log(settings, count))
        shutil.rmtree(settings.state_directory)
        rebuilt = _seconds_until_ready(settings)
        restarted = _seconds_until_ready(settings)
    print(f"restart: a node with {count:,} keys, from the start of its process to /readyz 200")
    print(f"  state lost         {rebuilt:10.2f} s")
    print(f"  restarted          {restarted:10.2f} s")
    print(f"  baseline           {baseline:10.2f} s (the same node with one key)")
    print(f"  ratio              {restarted / baseline:10.2f}")


async def _write_log(settings: NodeSettings, count: int) -> None:
    """Of another node of the region, so that it begins a chain of its own."""
    name = local_log(settings.region)
    logs = EmbeddedLogs.open(settings.log_directory, {name: settings.partitions})
    await write(logs[name], records(count, open_keys(settings).record_key))
    await logs.close()


def _seconds_until_ready(settings: NodeSettings) -> float:
    started = time.perf_counter()
    with _node(settings) as node:
        while not _is_ready(settings):
            if node.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                raise RuntimeError(f"the node in {settings.directory} is not ready; see its logs")
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - started


@contextmanager
def _node(settings: NodeSettings) -> Iterator["subprocess.Popen[bytes]"]:
    place = ("--region", settings.region, "--directory", str(settings.directory))
    process = subprocess.Popen([sys.executable, "-m", "services.cli", "node", *place])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _is_ready(settings: NodeSettings) -> bool:
    connection = http.client.HTTPConnection(settings.api.host, settings.api.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
