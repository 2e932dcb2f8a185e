"""The region of the primaries is lost, and its replicas are promoted by force elsewhere; then it comes back.

Owns losing a region so that nothing starts it again, the operator's command, and what is measured of it.
"""

import contextlib
import time
from collections.abc import Iterator
from signal import SIGKILL

from services.region_node.settings.settings import SETTINGS_FILE
from tests.faults.campaign.measured import PATIENCE_SECONDS, Measured
from tests.faults.campaign.site import Site, send
from tests.running_command import command, listed


@contextlib.contextmanager
def region_lost(site: Site, region: str) -> Iterator[Measured]:
    """Every process at once, and the file without which none starts, until the block ends."""
    settings = site.directory / region / SETTINGS_FILE
    lost = settings.with_suffix(".lost")
    settings.rename(lost)
    send(site.processes(region), SIGKILL)
    began = time.monotonic()
    try:
        yield _promoted(site, region, next(place for place in site.regions if place != region), began)
    finally:
        lost.rename(settings)


def _promoted(site: Site, lost: str, region: str, began: float) -> Measured:
    """The command is given until it succeeds: it refuses while the lost region was heard just now."""
    words = ("promote", "--all", "--from", lost, "--region", region, "--force")
    while True:
        given = time.monotonic()
        told = command(site.run, *words)
        ended = time.monotonic()
        if told.returncode == 0:
            return {"promotion, from the loss": ended - began, "promotion, from the last command": ended - given}
        if ended > began + PATIENCE_SECONDS:
            raise TimeoutError(told.stdout + told.stderr)


def overtaken(site: Site) -> int:
    """How many changes are listed as overtaken."""
    return len(listed(site.run, "overtaken", "list"))
