"""`keytide node run`: a node that makes what it lacks, and serves; as a container starts it.

Owns the process, and that the errands of a region's first start are done beside its serving.
"""

import asyncio
import logging
import signal
from argparse import Namespace
from collections.abc import Iterator
from functools import partial

from services.cli.faults import CannotStart
from services.cli.inner_processes import begin
from services.cli.node.errands import Errand, FirstAdministrator, invitation
from services.cli.node.settling import AGAIN_SECONDS, settled
from services.cli.up.progress import Progress
from services.plain_fault import PlainFault
from services.region_node.settings.settings import NodeSettings
from services.region_node.supervisor import run_node

log = logging.getLogger(__name__)


def main(arguments: Namespace) -> None:
    """Serve until SIGTERM or SIGINT. Errors: those of `services/cli/faults.py`."""
    if arguments.settings is None or arguments.directory is None:
        raise CannotStart("keytide node run needs --settings and --directory; see keytide node --help")
    # The first process of a container is deaf to signals that it has no handler for.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = settled(arguments, Progress())
    begin(arguments.life_line, settings.logs_directory, "supervisor")
    asyncio.run(_serve(settings, arguments))


async def _serve(settings: NodeSettings, arguments: Namespace) -> None:
    errands = [asyncio.create_task(_until_done(errand)) for errand in _errands(settings, arguments)]
    try:
        await run_node(settings)
    finally:
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)


def _errands(settings: NodeSettings, arguments: Namespace) -> Iterator[Errand]:
    if arguments.administrator and not settings.joined:  # who founds the region makes its account
        yield FirstAdministrator(settings, arguments.administrator)
    if arguments.invite and arguments.invitations:
        yield partial(invitation, settings, arguments.invite, arguments.invitations / arguments.invite)


async def _until_done(errand: Errand) -> None:
    while True:
        try:
            return await errand()
        except (PlainFault, OSError) as fault:
            log.warning("it is tried again", extra={"fault": str(fault)})
        await asyncio.sleep(AGAIN_SECONDS)
