"""`keytide witness forget`: a region forgets what it has seen of another's log.

Owns what is said of what that gives up, and of the region's other nodes: each has read and seen that log by itself, and
only the node that is asked forgets. Without `--force` nothing is done.
"""

import asyncio
from argparse import Namespace

from services.cli.asking import tell_nothing_done
from services.cli.columns import instant
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator_questions import Verb, ask
from services.region_node.settings import NodeSettings

WARNING = (
    "Then {by} cannot tell any more whether {region} was put back to an older copy. If it was, what was revoked there "
    "since is in force again. Do it only once people have settled that the end of its log is lost for good. It stands "
    "in the log of {by}, and what it has seen stays beside, out of use."
)


def main(arguments: Namespace) -> int:
    """0: done, or nothing to do; 1: it was not said with force. Errors: those of `services/cli/faults.py`."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    seen = asyncio.run(ask(settings, Verb.SEEN_OF, region=arguments.seen))
    if seen is None:
        print(f"{settings.region} has seen nothing of {arguments.seen}: there is nothing to forget")
        _tell_of_others(settings, arguments.seen)
        return 0
    records, signed_at, evidence = seen
    proven = f", and holds proof of {evidence} contradictions" if evidence else ""
    print(
        f"{settings.region} has seen {records:,} records of {arguments.seen}, signed at {instant(signed_at)}{proven}.\n"
        + WARNING.format(by=settings.region, region=arguments.seen)
    )
    if not arguments.force:
        return tell_nothing_done("Keep what it has seen first: keytide checkpoints export.")
    asyncio.run(ask(settings, Verb.FORGET_WITNESSED, region=arguments.seen))
    print(f"{settings.region} has forgotten {arguments.seen}; start that region again once every witness has")
    _tell_of_others(settings, arguments.seen)
    return 0


def _tell_of_others(settings: NodeSettings, seen: str) -> None:
    """Those that are away, too: what a node holds it still holds when it comes back."""
    nodes = asyncio.run(ask(settings, Verb.NODE_LIST))
    others = [name for name, _, standing in nodes if standing != "removed" and name != settings.node]
    if others:
        print(
            f"That is true of {settings.node} alone. Do the same in the directory of each other node of "
            f"{settings.region}, before {seen} is started: {', '.join(others)}"
        )
