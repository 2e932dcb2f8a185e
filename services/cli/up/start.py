"""From started processes to a proven service.

Owns the steps of `keytide up` between the first process and the banner: every region ready, an administrator, the
administrator known everywhere, the self-test. Regions fail apart: one that does not get ready is named, and the others
are proven and served without it. It is waited for, and then the whole is proven.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from services.cli.credentials import CREDENTIALS_FILE, Credentials, read_credentials, write_credentials
from services.cli.faults import CannotStart
from services.cli.up.announcement import banner, new_credentials
from services.cli.up.progress import Progress
from services.cli.up.readiness import Readiness, ready_or_stuck, until_ready
from services.cli.up.topology import Topology, next_region
from services.region_node.settings.settings import NodeSettings
from shared.secrets import Secret

CreateAdministrator = Callable[[NodeSettings, str | None], Awaitable[tuple[str, str, Secret, tuple[str, ...]]]]


class Start:
    """The steps, once the processes run. `unfit`: the regions that have no processes, and why.

    `hopeless` tells of a region why its processes do not even start, or "".
    """

    def __init__(
        self,
        topology: Topology,
        nodes: tuple[NodeSettings, ...],
        unfit: Mapping[str, str],
        progress: Progress,
        hopeless: Callable[[str], str],
    ) -> None:
        self._topology, self._nodes, self._unfit = topology, nodes, unfit
        self._progress, self._hopeless = progress, hopeless

    async def run(self) -> None:
        """Go through the steps and show the banner. Returns when all that has processes is proven.

        Errors: CannotStart where no region answers.
        """
        loading = asyncio.create_task(asyncio.to_thread(importlib.import_module, "services.cli.up.self_test"))
        found = await asyncio.gather(*(self._stands(node) for node in self._nodes))
        await loading
        lacking = {node.region: stands.reason for node, stands in zip(self._nodes, found, strict=True) if stands.reason}
        if not any(stands.answers for stands in found):
            raise CannotStart("; ".join(f"region {region}: {reason}" for region, reason in lacking.items()))
        await self._prove_and_show(lacking)
        if lacking:
            await asyncio.gather(*(self._ready(node) for node in self._nodes if node.region in lacking))
            await self._prove_and_show({})

    async def _stands(self, node: NodeSettings) -> Readiness:
        stands = await ready_or_stuck(node.api, self._topology.patience, partial(self._hopeless, node.region))
        if stands.ready:
            self._progress.say(f"region {node.region} is ready on http://{node.api}")
        else:
            self._progress.say(f"region {node.region} is not ready: {stands.reason}; see {node.logs_directory}")
        return stands

    async def _ready(self, node: NodeSettings) -> None:
        await until_ready(node.api)
        self._progress.say(f"region {node.region} is ready on http://{node.api}")

    async def _prove_and_show(self, lacking: Mapping[str, str]) -> None:
        """Prove what is ready, and show how all stands. What cannot be proven is said, and served all the same."""
        ready = tuple(node for node in self._nodes if node.region not in lacking)
        fault = ""
        try:
            credentials = await self._credentials(ready)
            if credentials is not None and ready:
                await asyncio.to_thread(self._prove, credentials, tuple(node.region for node in ready))
        except CannotStart as error:
            fault = str(error)
        self._progress.show(banner(self._topology, {**lacking, **self._unfit}, fault))

    async def _credentials(self, ready: Sequence[NodeSettings]) -> Credentials | None:
        """The kept credentials, written anew because the endpoint may have changed; or new ones, from the home region,
        which has an account already where only the file was lost.

        Errors: CannotStart where the home region makes none.
        """
        kept = read_credentials(self._topology.directory)
        if kept is not None:
            self._write(kept)
            self._progress.say(f"the administrator's credentials are in {self._path}")
            return kept
        home = next((node for node in ready if node.region == self._topology.regions[0]), None)
        if home is None:
            self._progress.say(f"the administrator's credentials are made once {self._topology.regions[0]} is ready")
            return None
        return await self._new_credentials(home)

    async def _new_credentials(self, home: NodeSettings) -> Credentials:
        create: CreateAdministrator = importlib.import_module(
            "services.region_node.operator.bootstrap"
        ).create_administrator
        try:
            account, access_key_id, secret, former = await create(
                home, next_region(self._topology.regions, home.region)
            )
        except OSError as error:
            raise CannotStart(
                f"{home.region} has given no access key to an administrator: {error}; see {home.logs_directory}"
            ) from error
        made = Credentials(access_key_id, secret)
        self._write(made)
        self._progress.show(new_credentials(made, account, former, self._topology, self._path))
        return made

    @property
    def _path(self) -> Path:
        return self._topology.directory / CREDENTIALS_FILE

    def _write(self, credentials: Credentials) -> None:
        write_credentials(self._topology.directory, credentials, self._topology.door_url, self._topology.regions[0])

    def _prove(self, credentials: Credentials, regions: Sequence[str]) -> None:
        from services.cli.up.self_test import Clients, prove, wait_until_known

        clients = Clients(credentials, self._topology.door_url)
        callers = {wait_until_known(clients, region) for region in regions}
        self._progress.say(f"{_listed(self._topology, regions)} knows {', '.join(callers)}")
        prove(clients, regions, self._progress.say)


def _listed(topology: Topology, regions: Sequence[str]) -> str:
    return "every region" if len(regions) == len(topology.regions) else f"each of {', '.join(regions)}"
