"""The Kafka brokers of `keytide up --kafka`: one for each region, on this machine.

Owns starting them side by side, starting one again that has died, and stopping them after everything else.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping

from services.cli.up.topology import Topology
from services.local_kafka.broker import Broker, BrokerFailed

LOOKING_SECONDS = 1.0
FOLDER = "kafka"


class Brokers:
    """One broker a region; none where the logs are embedded."""

    def __init__(self, topology: Topology, say: Callable[[str], None]) -> None:
        self._say = say
        self._by_region = {region: _broker(topology, region) for region in topology.regions if topology.kafka}

    async def start(self) -> None:
        """Return when those that start are ready; a region whose broker does not is for its node to report.

        Errors: MissingTool; BrokerFailed where none starts.
        """
        if not self._by_region:
            return
        failures = await self._each(self._by_region, Broker.format)
        spawned = {region: broker for region, broker in self._by_region.items() if region not in failures}
        for broker in spawned.values():
            _spawn(broker)
        failures |= await self._each(spawned, Broker.wait)
        self._tell(failures)

    async def _each(self, brokers: Mapping[str, Broker], step: Callable[[Broker], None]) -> dict[str, BrokerFailed]:
        """Do one step for all at once; returns those that failed."""
        steps = [asyncio.to_thread(step, broker) for broker in brokers.values()]
        done = dict(zip(brokers, await asyncio.gather(*steps, return_exceptions=True), strict=True))
        for fault in done.values():
            if fault is not None and not isinstance(fault, BrokerFailed):
                raise fault
        return {region: fault for region, fault in done.items() if isinstance(fault, BrokerFailed)}

    def _tell(self, failures: Mapping[str, BrokerFailed]) -> None:
        ready = {region: broker for region, broker in self._by_region.items() if region not in failures}
        if not ready:
            raise next(iter(failures.values()))
        for region, failure in failures.items():
            self._say(f"the broker of {region} does not start: {failure}")
        addresses = ", ".join(f"{region} {broker.bootstrap}" for region, broker in ready.items())
        self._say(f"Kafka brokers are ready: {addresses}")

    async def watch(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, start brokers that have died again."""
        while self._by_region and not stop.is_set():
            for region, broker in self._by_region.items():
                if broker.process is not None and broker.process.poll() is not None:
                    self._say(f"the broker of {region} left with status {broker.process.returncode}; starting it again")
                    _spawn(broker)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOKING_SECONDS)

    async def stop(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(broker.stop) for broker in self._by_region.values()))


def _spawn(broker: Broker) -> None:
    """In the main thread, with which the broker ends; deaf to a terminal's Ctrl-C, since nodes need it to the last."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        broker.spawn()
    finally:
        signal.signal(signal.SIGINT, before)


def _broker(topology: Topology, region: str) -> Broker:
    folder = topology.region_directory(region) / FOLDER
    return Broker(folder, topology.broker(region).port, topology.controller(region).port)
