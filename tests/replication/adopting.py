"""A region that adopts from peers whose logs are scripted, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from replication.fold.judge import Verdict
from replication.sharing.mirror import Mirror
from replication.sharing.mirror_ends import AdoptingRegion, Peer
from shared.crypto.region_identity import verify_signature
from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret
from shared.events import AccountCreated, Event
from shared.identifiers import account_stream
from tests.replication.running_author import RunningAuthor, running
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, IDENTITIES, PEER, THIRD, SharedLog

WRAPPED = WrappedSecret(0, 1, bytes(NONCE_LENGTH), b"secret").encode()


def account(number: int) -> AccountCreated:
    return AccountCreated(f"{number:012}", PEER, "name")


class Adopting:
    """A region that adopts from peers; `peer` is the first of them."""

    def __init__(self, home: RunningAuthor) -> None:
        self.home = home
        self.alarms: list[tuple[Verdict, str]] = []
        self.troubles: list[str] = []
        self.logs = {region: ScriptedLog(region) for region in (PEER, THIRD)}
        self.mirrors: dict[str, Mirror] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, *regions: str) -> None:
        for region in regions or (PEER,):
            peer = Peer(region, self.logs[region], self._verifier(region))
            self.mirrors[region] = Mirror(peer, self._here(), 0)
            self.tasks.append(asyncio.create_task(self.mirrors[region].run()))

    def _verifier(self, region: str):  # type: ignore[no-untyped-def]
        return lambda signed, proof: verify_signature(IDENTITIES[region].public_bytes, signed, proof)

    def _here(self) -> AdoptingRegion:
        return AdoptingRegion(
            region=HOME,
            head=lambda: self.home.materializer.head(0),
            submit=lambda draft: self.home.author.submit(draft),
            rewrap=self._rewrap,
            alarm=lambda verdict, reason: self.alarms.append((verdict, reason)),
            trouble=self.troubles.append,
            forsake=self.home.author.forsake,
            now=lambda: self.home.clock,
        )

    def _rewrap(self, events: tuple[Event, ...]) -> Mapping[str, bytes]:
        return {"secret": WRAPPED}

    def show(self, *records: bytes, region: str = PEER) -> None:
        self.logs[region].write(0, records)

    def adopted(self, region: str = PEER) -> int:
        return self.home.materializer.head(0).adopted_numbers().get(region, 0)

    def has(self, number: int) -> bool:
        with self.home.store.read() as snapshot:
            return any(
                account_stream(f"{number:012}").encode() in key for key, _ in snapshot.scan(b"streams", b"", b"")
            )

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        for task in self.tasks:
            assert task.cancelled(), task.exception()


@asynccontextmanager
async def adopting(*regions: str) -> AsyncIterator[Adopting]:
    async with running() as home:
        side = Adopting(home)
        side.start(*regions)
        try:
            yield side
        finally:
            await side.stop()
            assert home.alarms == []


def shared(count: int, region: str = PEER) -> list[bytes]:
    log = SharedLog(region)
    return [log.share(account(number + 1)) for number in range(count)]
