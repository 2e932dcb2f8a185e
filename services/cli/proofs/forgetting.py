"""`keytide witness forget`: a region forgets what it has seen of another's log.

Owns what is said of what that gives up, and of the region's other nodes: each has read and seen that log by itself, and
each forgets. Without `--force` nothing is done.
"""

import asyncio
from argparse import Namespace

from services.cli.asking import tell_nothing_done
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings
from shared.times import instant

WARNING = (
    "Then {by} cannot tell any more whether {region} was put back to an older copy. If it was, what was revoked there "
    "since is in force again. Do it only once people have settled that the end of its log is lost for good. It stands "
    "in the log of {by}, and what it has seen stays beside, out of use."
)


def main(arguments: Namespace) -> int:
    """0: done, or nothing to do; 1: it was not said with force. Errors: those of `services/cli/faults.py`."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    seen, others = asyncio.run(ask(settings, Verb.SEEN_OF, region=arguments.seen)), _others(settings)
    if seen is None:
        _require_peer(settings, arguments.seen)
    if seen is None and not others:
        print(f"{settings.region} has seen nothing of {arguments.seen}: there is nothing to forget")
        return 0
    print(_told(settings, arguments.seen, seen) + "\n" + WARNING.format(by=settings.region, region=arguments.seen))
    if not arguments.force:
        return tell_nothing_done("Keep what it has seen first: keytide checkpoints export.")
    asyncio.run(ask(settings, Verb.FORGET_WITNESSED, region=arguments.seen))
    print(f"{settings.region} has forgotten {arguments.seen}; start that region again once every witness has")
    if others:
        print(f"Other nodes do so within seconds of reading it in the region's log, when they run: {', '.join(others)}")
    return 0


def _require_peer(settings: NodeSettings, region: str) -> None:
    """A slip of the hand is no success. Errors: CannotStart."""
    peers = [peer.region for peer in settings.peers]
    if region not in peers:
        raise CannotStart(
            f"{settings.region} has seen nothing of {region}, which is none of its peers: {', '.join(peers) or 'none'}"
        )


def _told(settings: NodeSettings, region: str, seen: tuple[int, int, int] | None) -> str:
    """What the node that is asked has seen; the others have each seen as much as they could hear."""
    if seen is None:
        return f"{settings.node} of {settings.region} has seen nothing of {region}; its other nodes may have."
    records, signed_at, evidence = seen
    proven = f", and holds proof of {evidence} contradictions" if evidence else ""
    return f"{settings.region} has seen {records:,} records of {region}, signed at {instant(signed_at)}{proven}."


def _others(settings: NodeSettings) -> list[str]:
    nodes = asyncio.run(ask(settings, Verb.NODE_LIST))
    return [name for name, _, standing in nodes if standing != "removed" and name != settings.node]
