"""The channel between the nodes of a region: questions over mutual TLS, in the frames of `replication.feed.frames`.

Owns both ends. Who asks is who its certificate says, and is a node of the region as the state has it at that moment;
the only thing that anybody else may do is show a token. Questions and their answers:

["lease", applied, nodes]                     [granted, applied, may write]
["applied", partition, sequence, seconds]     sequence
["keys", [name, ...]]                         [[name, sealed], ...]
["keep", name, sealed]                        the key's fingerprint, once it is durable; b"" where it is not kept
["destroy"]                                   whether all was destroyed that nothing rests on any more
["join", token, card, address]                what `admission.py` answers

Keys are named as their files are (`cabinet.py`).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from replication.feed.frames import Dialogue, Service
from services.region_node.nodes.channel_tls import proven_name
from services.region_node.settings.settings import Address
from shared.crypto.region_certificate import region_domain

CONNECT_SECONDS = 1.0
LEASE = "lease"
APPLIED = "applied"
KEYS = "keys"
KEEP = "keep"
DESTROY = "destroy"
JOIN = "join"
REFUSED: tuple[object, ...] = ("refused",)

Reply = Callable[..., Awaitable[Any]]
"""(who asks, what follows the kind of the question)"""


class ChannelServer:
    """Answers the other nodes. `belongs`: whether the region has this node; `name_of`: a node's proven name."""

    def __init__(
        self,
        tls: ssl.SSLContext,
        region: str,
        belongs: Callable[[str], bool],
        answers: Mapping[str, Reply],
        join: Reply,
    ) -> None:
        self._tls, self._suffix, self._belongs = tls, f".{region}", belongs
        self._answers, self._join = answers, join
        self._services: set[Service] = set()
        self._server: asyncio.Server | None = None

    async def start(self, address: Address) -> None:
        """Errors: OSError."""
        self._server = await asyncio.start_server(self._serve, address.host, address.port, ssl=self._tls)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for service in list(self._services):
            await service.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        who = proven_name(writer.get_extra_info("peercert")).removesuffix(self._suffix)
        service = Service(partial(self._answer, who))
        self._services.add(service)
        try:
            await service.serve(reader, writer)
        finally:
            self._services.discard(service)

    async def _answer(self, who: str, question: Any) -> Any:
        kind, *arguments = question
        if kind == JOIN and not who:
            return await self._join(*arguments)
        if kind not in self._answers or not who or not self._belongs(who):
            return REFUSED
        return await self._answers[kind](who, *arguments)


class Channel:
    """The way to one other node. `name` is what its certificate must prove, `address` where it is now."""

    def __init__(self, name: str, address: Address, tls: ssl.SSLContext) -> None:
        self._name, self.address, self._tls = name, address, tls
        self._dialogue = Dialogue(self._connect)

    async def ask(self, question: Sequence[Any], seconds: float) -> Any:
        """The answer. Errors: OSError, also for a refusal."""
        answer = await self._dialogue.ask(question, seconds)
        if answer == REFUSED:
            raise ConnectionRefusedError(f"{self._name} does not take this node for one of its region")
        return answer

    async def close(self) -> None:
        await self._dialogue.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        domain = region_domain(self._name)
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_connection(
                self.address.host, self.address.port, ssl=self._tls, server_hostname=domain
            )
