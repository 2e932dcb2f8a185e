"""A worker of a running region, in this process: its own keys, its own reading of the state, all but the sockets.

Owns its assembling, as `services/region_node/worker/worker.py` does it, and answering requests that are given as bytes.
It can be asked what costs what, which a server that is thrown at cannot.
"""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvloop
from uvicorn.server import ServerState

from benchmarks.running import REGIONS, Running
from replication.state.lmdb_store import LmdbStore
from services.clock import now_milliseconds
from services.processes.collector import spare_the_collector
from services.region_node.http.limits import HttpLimits
from services.region_node.http.protocol import HttpProtocol, Site
from services.region_node.http.sending import Sending
from services.region_node.keys.key_files import open_keys
from services.region_node.metrics import RequestCounts
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.requests.arrived import Answering, Arrived
from services.region_node.requests.pipeline import Pipeline
from services.region_node.settings.settings import read_node_settings
from services.region_node.worker.assembling import assemble_region
from services.region_node.worker.key_uses import KeyUses
from services.region_node.worker.threads import WorkThreads
from services.region_node.worker.usage_store import UsageStore

SUCCESS = b"HTTP/1.1 200"


class _Transport:
    """Where answers go. `done`: all `wanted` have come. `refused`: the first that is no success."""

    def __init__(self, wanted: int) -> None:
        self._socket = socket.socket()
        self._wanted = wanted
        self.done = asyncio.Event()
        self.refused = b""

    def get_extra_info(self, name: str) -> Any:
        return {"socket": self._socket, "peername": ("127.0.0.1", 4711)}[name]

    def is_closing(self) -> bool:
        return False

    def write(self, answer: bytes) -> None:
        self._wanted -= 1
        if not answer.startswith(SUCCESS):
            self.refused = self.refused or answer
        if not self._wanted:
            self.done.set()

    def close(self) -> None:
        self._socket.close()


class WorkerHere:
    """Of the first region."""

    def __init__(self, pipeline: Pipeline, runner: asyncio.Runner) -> None:
        self._pipeline, self._runner = pipeline, runner

    def seconds(self, requests: Sequence[bytes]) -> float:
        """How much of the processor a request takes. Errors: AssertionError if an answer is not a success."""
        return self._runner.run(self._answer_all(requests))

    async def _answer_all(self, requests: Sequence[bytes]) -> float:
        site = Site(self._answer, self._pipeline.refuse, HttpLimits(), Sending(asyncio.get_running_loop()))
        transport, protocol = _Transport(len(requests)), HttpProtocol(site, ServerState())
        protocol.connection_made(transport)
        began = time.thread_time()
        for request in requests:
            protocol.data_received(request)
            await asyncio.sleep(0)
        await transport.done.wait()
        took = time.thread_time() - began
        protocol.connection_lost(None)
        transport.close()
        if transport.refused:
            raise AssertionError(f"not every request succeeded: {transport.refused!r}")
        return took / len(requests)

    def _answer(self, arrived: Arrived) -> Answering:
        return self._pipeline.answer(Arrived(*arrived[:-1], True))  # as over TLS


@contextmanager
def worker_here(running: Running) -> Iterator[WorkerHere]:
    """A second worker of the region, which reads what the region's own processes write."""
    settings = read_node_settings(running.directory / REGIONS[0], REGIONS[0])
    keys, store = open_keys(settings), LmdbStore(settings.state_directory, writer=False)
    threads, uses = WorkThreads(), KeyUses(UsageStore(settings.usage_directory, now_milliseconds))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        replicator = ReplicatorClient(settings.replicator_socket)
        region = assemble_region(settings, keys, store, replicator, threads, uses)
        spare_the_collector()
        try:
            yield WorkerHere(Pipeline(region, RequestCounts()), runner)
        finally:
            threads.close()
            region.key_stores.close()
            store.close()
