"""A region loses all that it has written, and comes back: from its peers, or from a backup.

Owns the commands that its operators give, in their order (docs/rebuild.md, docs/backup.md). Each is a context that
holds the fault until it ends; the region is back with its end.
"""

import contextlib
import json
from collections.abc import Iterator

from services.drill.faults import CannotDrill
from services.drill.keys import done
from services.drill.load import until
from services.drill.stage import Stage

COMING_SECONDS = 180.0
HEARD_SECONDS = 60.0


@contextlib.contextmanager
def disk_loss(stage: Stage) -> Iterator[None]:
    """It is built anew from its peers, whose operators believe its new identity."""
    _lose(stage)
    yield
    stage.command(stage.region, "rebuild", "begin", "--region", stage.region)
    for peer in _peers(stage):
        stage.until_done(peer, HEARD_SECONDS, "rebuild", "admit", stage.region, "--region", peer, "--force")
    stage.note(f"{stage.region} is begun anew, and its peers believe it")
    if not until(lambda: _is_home(stage), COMING_SECONDS):
        raise CannotDrill(f"{stage.region} has not come home within {COMING_SECONDS:g} s")
    stage.note(f"{stage.region} has come home")
    for key in stage.keys:
        done(stage.site.connect(stage.region), "EnableKey", KeyId=key)
    stage.note("its operator has enabled the keys")


@contextlib.contextmanager
def restore(stage: Stage) -> Iterator[None]:
    """A backup is made under load; the region is lost, restored, and forgotten by its witnesses."""
    archive = stage.site.archive(stage.region)
    stage.since = stage.calls.now()
    stage.command(stage.region, "backup", "make", "--region", stage.region, "--to", archive)
    stage.note(f"a backup of {stage.region} is made")
    _lose(stage)
    yield
    for peer in _peers(stage):
        stage.command(peer, "witness", "forget", stage.region, "--region", peer, "--force")
    told = stage.site.restore(stage.region, archive)
    if told.status != 0:
        raise CannotDrill(f"{stage.region} is not restored: {told.text.strip()}")
    stage.note(f"{stage.region} is restored")


def _lose(stage: Stage) -> None:
    stage.site.lose(stage.region)
    stage.site.destroy(stage.region)
    stage.note(f"{stage.region} is lost with its disk")


def _peers(stage: Stage) -> list[str]:
    return [region for region in stage.site.regions if region != stage.region]


def _is_home(stage: Stage) -> bool:
    told = stage.site.command(stage.region, "rebuild", "show", "--region", stage.region, "--json")
    rows = json.loads(told.text) if told.status == 0 else []
    return any(row["own"] and row["own"]["ended_at"] for row in rows)
