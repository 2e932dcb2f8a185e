"""From started processes to a proven service.

Owns the steps of `keytide up` between the first process and the banner: every region ready, an administrator, the
administrator known everywhere, the self-test.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.cli.announcement import banner, new_credentials
from services.cli.credentials import CREDENTIALS_FILE, Credentials, read_credentials, write_credentials
from services.cli.faults import CannotStart
from services.cli.progress import Progress
from services.cli.readiness import ask_ready, until_ready
from services.cli.topology import Topology
from services.region_node.settings import NodeSettings
from shared.secrets import Secret

READY_SECONDS = 60.0

CreateAdministrator = Callable[[NodeSettings], Awaitable[tuple[str, str, Secret]]]


class Start:
    """The steps, once the processes run."""

    def __init__(self, topology: Topology, nodes: tuple[NodeSettings, ...], progress: Progress) -> None:
        self._topology, self._nodes, self._progress = topology, nodes, progress

    async def run(self) -> None:
        """Go through the steps and show the banner. Errors: CannotStart."""
        loading = asyncio.create_task(asyncio.to_thread(importlib.import_module, "services.cli.proof"))
        await asyncio.gather(loading, *(self._ready(node) for node in self._nodes))
        credentials = await self._credentials()
        await asyncio.to_thread(self._prove, credentials)
        self._progress.show(banner(self._topology))

    async def _ready(self, node: NodeSettings) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await until_ready(node.api)
        except TimeoutError as error:
            reason = await ask_ready(node.api) or "it is now"
            raise CannotStart(
                f"region {node.region} is not ready after {READY_SECONDS:g} s: {reason}; see {node.logs_directory}"
            ) from error
        self._progress.say(f"region {node.region} is ready on http://{node.api}")

    async def _credentials(self) -> Credentials:
        """The kept credentials, written anew because the endpoint may have changed; or new ones."""
        kept = read_credentials(self._topology.directory)
        if kept is not None:
            self._write(kept)
            self._progress.say(f"the administrator's credentials are in {self._path}")
            return kept
        create: CreateAdministrator = importlib.import_module("services.region_node.bootstrap").create_administrator
        account, access_key_id, secret = await create(self._nodes[0])
        made = Credentials(access_key_id, secret)
        self._write(made)
        self._progress.show(new_credentials(made, account, self._topology, self._path))
        return made

    @property
    def _path(self) -> Path:
        return self._topology.directory / CREDENTIALS_FILE

    def _write(self, credentials: Credentials) -> None:
        write_credentials(self._topology.directory, credentials, self._topology.door_url, self._topology.regions[0])

    def _prove(self, credentials: Credentials) -> None:
        from services.cli.proof import Clients, prove, wait_until_known

        regions = self._topology.regions
        clients = Clients(credentials, self._topology.door_url)
        callers = {wait_until_known(clients, region) for region in regions}
        self._progress.say(f"every region knows {', '.join(callers)}")
        prove(clients, regions, self._progress.say)
