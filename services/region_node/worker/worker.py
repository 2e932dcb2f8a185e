"""One API process of a region: it opens keys and state, and serves both inherited sockets until it is told to stop.

Owns the process's life: waiting for the state, the server's settings, the figures written once a second, the stop.
Answers in flight have `STOP_SECONDS` to finish.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
import uvloop
from uvicorn.server import ServerState

from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import StoreFailed
from services.audit.security_log import SecurityLog
from services.audit.spool.spool import Spool
from services.audit.spool.writing import WritingProcess
from services.clock import now_milliseconds
from services.processes.collector import spare_the_collector
from services.processes.heartbeat import beat
from services.region_node.audit.auditing import Audited
from services.region_node.audit.samples import audit_samples
from services.region_node.decisions.recorder import Recorder
from services.region_node.decisions.segments import Segments
from services.region_node.http.app import choose, make_app
from services.region_node.http.limits import HttpLimits
from services.region_node.http.protocol import HttpProtocol, Site
from services.region_node.http.sending import Sending
from services.region_node.keys.key_files import open_keys
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.metrics import CountsDirectory
from services.region_node.nodes.asked_others import AskedOthers
from services.region_node.nodes.lease_file import LeaseFile
from services.region_node.nodes.leased_store import LeasedStore
from services.region_node.requests.pipeline import Pipeline
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.state_care import STATE_FILE, suspect
from services.region_node.worker.assembling import assemble_region
from services.region_node.worker.health import Health
from services.region_node.worker.held_keys import keep_to_cabinet
from services.region_node.worker.key_uses import KeyUses
from services.region_node.worker.threads import WorkThreads
from services.region_node.worker.usage_store import UsageStore
from services.region_node.worker.worker_figures import WorkerFigures
from services.region_node.worker.worker_parts import worker_parts
from services.usage.region_uses import RegionUses
from services.usage.usage_file import usage_file

STOP_SECONDS = 5
WAITING_SECONDS = 0.05
COUNTS_SECONDS = 1.0

log = logging.getLogger(__name__)


def main(settings: NodeSettings, number: int, tcp: int, door: int, start: str) -> None:
    """Serve the region. `tcp` and `door` are inherited listening sockets; `start` names this start of the node.

    Errors: KeysUnavailable, StoreFailed.
    """
    keys = open_keys(settings)
    sockets = [socket.socket(fileno=tcp), socket.socket(fileno=door)]
    uvloop.run(_run(settings, number, keys, sockets, start))


async def _run(settings: NodeSettings, number: int, keys: RegionKeys, sockets: list[socket.socket], start: str) -> None:
    beating = asyncio.create_task(beat())
    store = await _state_when_made(settings)
    try:
        await serve(settings, number, keys, store, sockets, start)
    finally:
        store.close()
        beating.cancel()


async def serve(
    settings: NodeSettings,
    number: int,
    keys: RegionKeys,
    store: LmdbStore,
    sockets: list[socket.socket],
    start: str = "",
    audited: Audited | None = None,
) -> None:
    """Serve `sockets` until SIGTERM. `audited`: in place of the worker's own spool, to measure what that costs."""
    threads, directory = WorkThreads(), CountsDirectory(settings.directory / "run" / "counts")
    own_uses = UsageStore(settings.usage_directory, now_milliseconds)
    uses = KeyUses(RegionUses(own_uses, usage_file(settings.trail_directory)))
    recorder = Recorder(Segments(settings.decisions_directory, number, settings.decisions.bytes, now_milliseconds))
    made = worker_parts(settings, number, recorder)
    replicator, counts = made.replicator, made.counts
    lease = LeaseFile(settings.lease_file)
    leased, others = LeasedStore(store, lease.deadline), AskedOthers(lease.deadline, replicator)
    region = assemble_region(
        settings, keys, leased, replicator, threads, uses, made.decisions, start, others, made.parts
    )
    writing = WritingProcess(settings.region, settings.spool_directory)
    spool = Spool(f"{settings.node}/worker-{number}", writing)
    security = SecurityLog(settings.security_log_directory, number, now_milliseconds)
    pipeline = Pipeline(region, counts, audited or Audited(spool, security.note, settings.audit))
    figures = WorkerFigures(counts, region, threads, made.trace_samples, partial(audit_samples, spool, security))
    app = make_app(settings.region, Health(settings.region, store, replicator, directory))
    site = Site(
        choose(made.around(pipeline.answer), app), pipeline.refuse, HttpLimits(), Sending(asyncio.get_running_loop())
    )
    server = Server(site)
    keeping = [
        asyncio.create_task(_write_counts(directory, number, figures)),
        asyncio.create_task(uses.keep_writing()),
        asyncio.create_task(recorder.keep_writing()),
        asyncio.create_task(security.keep_writing()),
        asyncio.create_task(keep_to_cabinet(keys, region.vault)),
    ]
    spare_the_collector()
    log.info("serving", extra={"region": settings.region, "worker": number})
    try:
        await server.serve(sockets)
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        await uses.write()
        await recorder.write()
        await security.write()
        await spool.close()
        await replicator.close()
        threads.close()
        region.key_stores.close()
        region.identity_providers.close()
        made.close()


class Server(uvicorn.Server):
    """uvicorn's server with the node's own protocol. SIGTERM stops it, and nothing else does."""

    def __init__(self, site: Site) -> None:
        super().__init__(
            uvicorn.Config(
                _no_application,
                http=partial(_connection, site),  # type: ignore[arg-type]  # called like a class
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    def _stop(self) -> None:
        self.should_exit = True


def _connection(site: Site, *, server_state: ServerState, **_others: Any) -> HttpProtocol:
    return HttpProtocol(site, server_state)


async def _no_application(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("the protocol answers without an application")


async def _state_when_made(settings: NodeSettings) -> LmdbStore:
    """The replicator makes the state; a worker that starts first waits for it."""
    directory = settings.state_directory

    def damaged(damage: str) -> None:
        suspect(settings, damage)
        os.kill(os.getpid(), signal.SIGTERM)  # the supervisor looks to the state, and starts all again

    while not (directory / STATE_FILE).exists():  # noqa: ASYNC110 - another process makes it, without a sign
        await asyncio.sleep(WAITING_SECONDS)
    while True:
        try:
            return LmdbStore(directory, writer=False, damaged=damaged)
        except StoreFailed:
            log.warning("the state is not there yet", exc_info=True)
        await asyncio.sleep(1.0)


async def _write_counts(directory: CountsDirectory, number: int, figures: WorkerFigures) -> None:
    while True:
        try:
            directory.write(number, figures.samples())
        except OSError as error:
            log.warning("the figures cannot be written", extra={"reason": error.strerror})
        await asyncio.sleep(COUNTS_SECONDS)
