"""The faults of a campaign: how each is done, how it is mended, and what may stand still meanwhile.

Owns the one table. A fault is a context: it holds until the block ends. What holds no time is done at its beginning.
What it has measured meanwhile, it tells.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals
from typing import NamedTuple

from tests.faults.campaign import disk, system_calls
from tests.faults.campaign.lost_region import region_lost
from tests.faults.campaign.measured import Measured, until_answers
from tests.faults.campaign.site import Site, send

SLOW_SECONDS = 0.2
SECOND = 2
"""The number of a region's other node."""

Injure = Callable[[Site, str], AbstractContextManager[Measured]]
"""(the site, the region that is hit)"""


class Fault(NamedTuple):
    """`silences`: the region's API may be down; else its cryptography goes on as in all others.

    `log`: the log that it is for, or None for both. `lacking`: why it cannot be done here, or "". `at_home`: it hits
    the first region alone, where the keys in common have their primary.
    """

    name: str
    injure: Injure
    silences: bool = False
    log: str | None = None
    lacking: Callable[[Site], str] = lambda _: ""
    at_home: bool = False


def _killed(*words: str) -> Injure:
    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[Measured]:
        send(site.processes(region, *words), SIGKILL)
        yield {}

    return injure


@contextlib.contextmanager
def _region_killed(site: Site, region: str) -> Iterator[Measured]:
    send(site.processes(region), SIGKILL)
    yield {"restart of a region": until_answers(site, [region])}


@contextlib.contextmanager
def _everything_killed(site: Site, _region: str) -> Iterator[Measured]:
    site.run.kill()
    site.start_again()
    yield {"restart of all regions": until_answers(site, site.regions)}


def _stopped(*words: str) -> Injure:
    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[Measured]:
        stopped = site.processes(region, *words)
        send(stopped, SIGSTOP)
        try:
            yield {}
        finally:
            send(stopped, SIGCONT)

    return injure


@contextlib.contextmanager
def _node_killed(site: Site, region: str) -> Iterator[Measured]:
    """The region's other node goes on."""
    send(site.of_node(region, SECOND), SIGKILL)
    yield {}


@contextlib.contextmanager
def _node_stopped(site: Site, region: str) -> Iterator[Measured]:
    """It wakes up as it was, and must not serve what others have changed meanwhile."""
    stopped = site.of_node(region, SECOND)
    send(stopped, SIGSTOP)
    try:
        yield {}
    finally:
        send(stopped, SIGCONT)


@contextlib.contextmanager
def _syncs_fail(site: Site, region: str) -> Iterator[Measured]:
    """A log that has met it takes no more writes before a restart of the region."""
    replicator = site.processes(region, "replicator")[0]
    with system_calls.failing(replicator.number, system_calls.SYNCING, "EIO"):
        yield {}
    send(site.processes(region), SIGKILL)


def _broker(number: Signals, mended: Signals | None = None) -> Injure:
    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[Measured]:
        broker = [site.broker(region)]
        send(broker, number)
        try:
            yield {}
        finally:
            if mended is not None:
                send(broker, mended)

    return injure


def _while(holding: Callable[[Site, str], AbstractContextManager[None]]) -> Injure:
    """Of what measures nothing."""

    @contextlib.contextmanager
    def injure(site: Site, region: str) -> Iterator[Measured]:
        with holding(site, region):
            yield {}

    return injure


def _brokers_syncs_fail(site: Site, region: str) -> AbstractContextManager[None]:
    """It ends itself when it meets that, and is started again."""
    return system_calls.failing(site.broker(region).number, system_calls.SYNCING, "EIO")


@contextlib.contextmanager
def _disk_full(site: Site, region: str) -> Iterator[Measured]:
    """Where no audit entry can be written, no key is used."""
    with disk.full(site.directory / region):
        yield {}


def _no_strace(_site: Site) -> str:
    return "" if system_calls.can_trace() else "strace is not there, or may not trace"


def _no_disks(site: Site) -> str:
    return "" if site.has_disks else "only root may mount a small disk"


def _one_node(site: Site) -> str:
    return "" if site.nodes > 1 else "each region has one node: --nodes 2"


EMBEDDED, KAFKA = "embedded", "kafka"
FAULTS: tuple[Fault, ...] = (
    Fault("none", _while(lambda *_: contextlib.nullcontext())),
    Fault("worker killed", _killed("worker"), silences=True),
    Fault("worker stopped", _stopped("worker"), silences=True),
    Fault("replicator killed", _killed("replicator")),
    Fault("replicator stopped", _stopped("replicator")),
    Fault("region killed", _region_killed, silences=True),
    Fault("region stopped", _stopped(), silences=True),
    Fault("node killed", _node_killed, silences=True, lacking=_one_node),
    Fault("node stopped", _node_stopped, silences=True, lacking=_one_node),
    Fault("syncs fail", _syncs_fail, lacking=_no_strace),
    Fault("disk full", _disk_full, lacking=_no_disks, silences=True),
    Fault("region cut off", _while(lambda at, region: at.links.cut(region))),
    Fault("links slow", _while(lambda at, region: at.links.slow(region, SLOW_SECONDS))),
    Fault("broker killed", _broker(SIGKILL), log=KAFKA),
    Fault("broker restarted", _broker(SIGTERM), log=KAFKA),
    Fault("broker stopped", _broker(SIGSTOP, SIGCONT), log=KAFKA),
    Fault("broker's syncs fail", _while(_brokers_syncs_fail), log=KAFKA, lacking=_no_strace),
    Fault("everything killed", _everything_killed, silences=True),
    Fault("region lost, replica promoted", region_lost, silences=True, at_home=True),
)


def faults_for(site: Site, names: Sequence[str]) -> Iterator[tuple[Fault, str]]:
    """Those of `names` (all, where it is empty) that the site's log can have, and why one is left out, or ""."""
    log = KAFKA if site.kafka else EMBEDDED
    for fault in FAULTS:
        if fault.log in (None, log) and (not names or fault.name in names):
            yield fault, fault.lacking(site)
