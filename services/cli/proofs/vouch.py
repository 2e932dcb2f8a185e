"""`keytide vouch`: serve a region whose log no peer can confirm.

Owns what is said. Without `--force` nothing is done, and where the log is confirmed already there is nothing to do.
"""

import asyncio
from argparse import Namespace

from services.cli.asking import tell_nothing_done
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import Verb, ask

WARNING = (
    "Nobody can tell whether the log and the state of {region} are the newest there are. If they were put back from an "
    "older copy, what was revoked since is in force again, and what is changed from now on cannot be joined with what "
    "was there before. Only vouch if you know that they are the newest."
)


def main(arguments: Namespace) -> int:
    """0: done, or nothing to do; 1: it was not said with force. Errors: those of `services/cli/faults.py`."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    if not arguments.force:
        return tell_nothing_done(WARNING.format(region=settings.region))
    if not asyncio.run(ask(settings, Verb.VOUCH)):
        print(f"{settings.region} is served already: it needs no voucher")
        return 0
    print(f"{settings.region} is served; that you have vouched for its log stands in its log")
    return 0
