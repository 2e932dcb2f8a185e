"""The faults of a campaign: how each is done, how it is mended, and what may stand still meanwhile.

Owns the one table. A fault is a context: it holds until the block ends. What holds no time is done at its beginning.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from tests.faults.campaign import disk, system_calls
from tests.faults.campaign.site import Site
from tests.running import Process

SLOW_SECONDS = 0.2

Injure = Callable[[Site, str], AbstractContextManager[None]]
"""(the site, the region that is hit)"""


class Fault(NamedTuple):
    """`silences`: the region's API may be down; else its cryptography goes on as in all others.

    `log`: the log that it is for, or None for both. `lacking`: why it cannot be done here, or "".
    """

    name: str
    injure: Injure
    silences: bool = False
    log: str | None = None
    lacking: Callable[[Site], str] = lambda _: ""


def send(processes: Sequence[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.number, number)


def _killed(*words: str) -> Injure:
    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[None]:
        send(site.processes(region, *words), signal.SIGKILL)
        yield

    return injure


def _stopped(*words: str) -> Injure:
    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[None]:
        stopped = site.processes(region, *words)
        send(stopped, signal.SIGSTOP)
        try:
            yield
        finally:
            send(stopped, signal.SIGCONT)

    return injure


@contextlib.contextmanager
def _all_killed(site: Site, _region: str) -> Iterator[None]:
    site.run.kill()
    site.start_again()
    yield


@contextlib.contextmanager
def _syncs_fail(site: Site, region: str) -> Iterator[None]:
    """A log that has met it takes no more writes before a restart of the region."""
    (replicator,) = site.processes(region, "replicator")
    with system_calls.failing(replicator.number, system_calls.SYNCING, "EIO"):
        yield
    send(site.processes(region), signal.SIGKILL)


def _disk_full(site: Site, region: str) -> AbstractContextManager[None]:
    return disk.full(site.directory / region)


def _broker(number: signal.Signals, mended: signal.Signals | None = None) -> Injure:
    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[None]:
        broker = [site.broker(region)]
        send(broker, number)
        try:
            yield
        finally:
            if mended is not None:
                send(broker, mended)

    return injure


@contextlib.contextmanager
def _nothing(_site: Site, _region: str) -> Iterator[None]:
    yield


def _no_strace(_site: Site) -> str:
    return "" if system_calls.can_trace() else "strace is not there, or may not trace"


def _no_disks(site: Site) -> str:
    return "" if site.has_disks else "only root may mount a small disk"


EMBEDDED, KAFKA = "embedded", "kafka"
FAULTS: tuple[Fault, ...] = (
    Fault("none", _nothing),
    Fault("worker killed", _killed("worker"), silences=True),
    Fault("worker stopped", _stopped("worker"), silences=True),
    Fault("replicator killed", _killed("replicator")),
    Fault("replicator stopped", _stopped("replicator")),
    Fault("region killed", _killed(), silences=True),
    Fault("region stopped", _stopped(), silences=True),
    Fault("syncs fail", _syncs_fail, lacking=_no_strace),
    Fault("disk full", _disk_full, log=EMBEDDED, lacking=_no_disks),
    Fault("region cut off", lambda site, region: site.links.cut(region), log=EMBEDDED),
    Fault("links slow", lambda site, region: site.links.slow(region, SLOW_SECONDS), log=EMBEDDED),
    Fault("broker killed", _broker(signal.SIGKILL), log=KAFKA),
    Fault("broker restarted", _broker(signal.SIGTERM), log=KAFKA),
    Fault("broker stopped", _broker(signal.SIGSTOP, signal.SIGCONT), log=KAFKA),
    Fault("everything killed", _all_killed, silences=True),
)


def faults_for(site: Site, names: Sequence[str]) -> Iterator[tuple[Fault, str]]:
    """Those of `names` (all, where it is empty) that the site's log can have, and why one is left out, or ""."""
    log = KAFKA if site.kafka else EMBEDDED
    for fault in FAULTS:
        if fault.log in (None, log) and (not names or fault.name in names):
            yield fault, fault.lacking(site)


def wait(seconds: float) -> None:
    """The one place where a campaign lets time pass."""
    time.sleep(seconds)
