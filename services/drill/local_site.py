"""Regions of `keytide up` on this machine, as a drill breaks them.

Owns what is done to their processes, files and links, and what cannot be done to them.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from botocore.credentials import Credentials

from services.cli.credentials import read_credentials
from services.cli.operated_regions import OperatedRegions
from services.cli.regions_directory import founded
from services.cli.up.brokers import FOLDER
from services.cli.up.further_nodes import nodes_in
from services.drill.client import Client
from services.drill.faults import CannotDrill
from services.drill.links import Links
from services.drill.region_processes import broker_in, kill, of_directory
from services.drill.scenarios import Need
from services.drill.site import Told
from services.processes.command_line import keytide_arguments, keytide_environment
from services.region_node.settings.settings import SETTINGS_FILE

SLOW_SECONDS = 0.2
COMMAND_SECONDS = 120.0
GOES_ON = "regions that go on keep their links and disks: without --against, regions are started for the drill"
ON_KAFKA = "logs on Kafka are no matter of links and disks of these regions: say it without --kafka"
NO_BROKERS = "the logs are embedded: say --kafka"


class LocalSite:
    """See `Site`. `links`: the proxies between regions that were started for the drill, which may be destroyed; None
    where they go on. Errors: CannotDrill, CannotStart."""

    def __init__(self, directory: Path, links: Links | None = None) -> None:
        made, kept = founded(directory), read_credentials(directory)
        if made is None or kept is None:
            raise CannotDrill(f"{directory} holds no regions with credentials of an administrator: keytide up")
        if nodes_in(directory, made.regions) > 1:
            raise CannotDrill("a region with several nodes is not drilled here; see docs/drills.md")
        of_directory(directory)  # what cannot be listed cannot be ended: said before anything is done
        self.name = "regions of its own" if links else str(directory)
        self.regions, self.kafka = made.regions, made.kafka
        self.goes_on = links is None
        self._directory, self._links, self._hurt = directory, links, contextlib.ExitStack()
        self._signing = Credentials(kept.access_key_id, kept.secret.reveal().decode())
        nodes = OperatedRegions(directory).nodes
        self._ports = {region: node.api.port for region, node in nodes.items()}
        self.lacking: Mapping[Need, str] = {need: why for need in Need if (why := self._why_not(need))}

    def _why_not(self, need: Need) -> str:
        if need is Need.BROKERS:
            return "" if self.kafka else NO_BROKERS
        if self._links is None:
            return GOES_ON
        return ON_KAFKA if self.kafka else ""

    def connect(self, region: str) -> Client:
        return Client(self._ports[region], region, self._signing)

    def command(self, _region: str, *words: str) -> Told:
        return _run(*words, "--directory", str(self._directory))

    def lose(self, region: str) -> None:
        settings = self._place(region) / SETTINGS_FILE
        settings.rename(_lost(settings))
        kill(of_directory(self._place(region)))

    def bring_back(self, region: str) -> None:
        settings = self._place(region) / SETTINGS_FILE
        _lost(settings).rename(settings)

    def kill_broker(self, region: str) -> None:
        kill(broker_in(self._place(region) / FOLDER))

    def bring_back_broker(self, _region: str) -> None:
        """`keytide up` does that by itself."""

    def cut(self, region: str) -> None:
        self._hurt.enter_context(self._proxies.cut(region))

    def slow(self, region: str) -> None:
        self._hurt.enter_context(self._proxies.slow(region, SLOW_SECONDS))

    def mend(self, _region: str) -> None:
        self._hurt.close()

    def destroy(self, region: str) -> None:
        if self._links is None:
            raise CannotDrill(GOES_ON)
        shutil.copy(self._place(region) / "root", self._root_copy(region))
        # A supervisor that dies meanwhile may still write its log.
        shutil.rmtree(self._place(region), ignore_errors=True)

    def archive(self, region: str) -> str:
        return str(self._directory / f"{region}.archive")

    def restore(self, region: str, archive: str) -> Told:
        place = ("--directory", str(self._place(region)), "--root", str(self._root_copy(region)))
        return _run("restore", archive, "--region", region, "--peers", str(self._directory), *place)

    @property
    def _proxies(self) -> Links:
        if self._links is None:
            raise CannotDrill(GOES_ON)
        return self._links

    def _place(self, region: str) -> Path:
        return self._directory / region

    def _root_copy(self, region: str) -> Path:
        return self._directory / f"{region}.root"


def _lost(settings: Path) -> Path:
    return settings.with_suffix(".lost")


def _run(*words: str) -> Told:
    ended = subprocess.run(
        keytide_arguments(*words),
        env=keytide_environment(opens_keys=True),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return Told(ended.returncode, ended.stdout if ended.returncode == 0 else ended.stdout + ended.stderr)
