"""`keytide vouch`: serve a region whose log no peer can confirm.

Owns what is said. Without `--force` nothing is done.
"""

import asyncio
from argparse import Namespace

from services.cli.operated_regions import OperatedRegions
from services.region_node.operator_questions import Verb, ask

WARNING = (
    "Nobody can tell whether the log and the state of {region} are the newest there are. If they were put back from an "
    "older copy, what was revoked since is in force again, and what is changed from now on cannot be joined with what "
    "was there before. If you know that they are the newest, say so with --force."
)


def main(arguments: Namespace) -> int:
    """0: done, or nothing asked for. Errors: those of `services/cli/faults.py`."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    if not arguments.force:
        print(WARNING.format(region=settings.region))
        return 0
    asyncio.run(ask(settings, Verb.VOUCH))
    print(f"{settings.region} is served; that you have vouched for its log stands in its log")
    return 0
