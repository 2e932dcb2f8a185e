"""`keytide backup expire`: an archive that nobody opens any more.

Owns who is asked, and what is told of who is left. Each holder that runs here destroys its share and says so under its
signature; the archive's region records it. A call that was broken off is repeated.
"""

import asyncio
import sys
from argparse import Namespace
from functools import partial

from replication.reports.backup_report import backup_in
from replication.state.state_store import Snapshot
from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.plain_fault import PlainFault
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings
from shared.backups.model import Backup
from shared.times import instant


def expire(arguments: Namespace) -> int:
    """0: nobody opens it any more; 1: enough shares are left. Errors: CannotStart, those of `ask` in its region."""
    regions = OperatedRegions(arguments.directory)
    settings = regions.node(arguments.region)
    known = _known(regions, arguments)
    asyncio.run(_expire(arguments, regions, settings, known))
    left = _known(regions, arguments)
    if arguments.json:
        row = {"archive": left.archive, "expired": bool(left.expired_at), "holders": list(left.remaining)}
        show_rows([row], as_json=True, nothing="")
    elif left.expired_at:
        print(f"archive {left.archive} expired at {instant(left.expired_at)}: nobody can open it any more")
    else:
        print(f"archive {left.archive} still opens with {left.threshold} shares of: {', '.join(left.remaining)}")
    return int(not left.expired_at)


async def _expire(arguments: Namespace, regions: OperatedRegions, settings: NodeSettings, known: Backup) -> None:
    for file in arguments.statement:
        await ask(settings, Verb.NOTE_SHARE_DESTROYED, statement=file.read_text(errors="replace").strip())
    for holder in arguments.destroyed:
        await ask(settings, Verb.VOUCH_SHARE_DESTROYED, archive=known.archive, holder=holder)
    for holder in known.remaining:
        if holder in regions.nodes and holder != settings.region:
            await _destroyed_by(regions.node(holder), settings, known)


async def _destroyed_by(holder: NodeSettings, settings: NodeSettings, known: Backup) -> None:
    """One holder that cannot be asked keeps nobody from asking the others."""
    try:
        statement = await ask(holder, Verb.DESTROY_SHARE, archive=known.archive, region=settings.region)
    except PlainFault as fault:
        print(f"keytide: {holder.region}: {fault}", file=sys.stderr)
        return
    await ask(settings, Verb.NOTE_SHARE_DESTROYED, statement=statement)


def _known(regions: OperatedRegions, arguments: Namespace) -> Backup:
    found = regions.read(arguments.region, partial(_look, arguments.archive))
    if found is None:
        raise CannotStart(f"{arguments.region} knows of no archive {arguments.archive}; see: keytide backup list")
    return found


def _look(archive: str, _partitions: int, snapshot: Snapshot) -> Backup | None:
    return backup_in(snapshot, archive)
