"""`keytide account take-home`: the stand-by becomes the home of an account whose home is gone.

Owns what a person is told before: what the stand-by lacks, as far as it can be known here.
"""

import asyncio
import socket
from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import partial

from replication.state.partition_head import PartitionHead
from replication.state.state_store import PARTITIONS, Snapshot, partition_prefix
from replication.state.view import SnapshotView
from services.cli.asking import tell_nothing_done
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import NotReached, Verb, ask
from services.region_node.settings.settings import NodeSettings
from shared.identifiers import partition_of
from shared.identity.decide_accounts import access_keys
from shared.identity.model import Account


def take_home(arguments: Namespace) -> int:
    """0: taken, or here already; 1: only told. Errors: those of `services/cli/faults.py`."""
    regions = OperatedRegions(arguments.directory)
    node = regions.node(arguments.region)
    before = regions.known(arguments.account).account
    if before.home_region == arguments.region:
        print(f"{arguments.region} is the home of account {before.account} already.")
        return 0
    text = "\n".join([*losses(regions, before, arguments.region), *_tail(node, before, arguments)])
    if not arguments.force:
        return tell_nothing_done(text)
    print(text, flush=True)
    asyncio.run(_taken(node, before, arguments))
    print(
        f"{arguments.region} is the home of account {before.account} now. It has no stand-by: choose one with "
        f"keytide account stand-by {before.account} REGION"
    )
    return 0


async def _taken(node: NodeSettings, account: Account, arguments: Namespace) -> None:
    if not arguments.without_the_tail:
        await _fetch(node, account, arguments.wait)
    await ask(node, Verb.TAKE_HOME, account=account.account)


async def _fetch(node: NodeSettings, account: Account, seconds: int, *, without: bool = False) -> Sequence[str]:
    """What the stand-by lacks of what other regions have. Errors: Refused, unless it is taken `without`."""
    of = {"account": account.account, "former": account.home_region}
    lacking: Sequence[str] = await ask(node, Verb.FETCH_TAIL, **of, wait_seconds=seconds, without=without)
    return lacking


def _tail(node: NodeSettings, account: Account, arguments: Namespace) -> Iterator[str]:
    """What is waited for, or done without, region by region; nothing where the stand-by does not run."""
    try:
        lacking = asyncio.run(_fetch(node, account, 0, without=True))
    except NotReached:
        return
    yield from (f"{one}." for one in lacking)
    if lacking:
        yield (
            "It is taken over without that: those changes are overtaken."
            if arguments.without_the_tail
            else f"That is waited for, {arguments.wait} seconds at most; --without-the-tail takes over without it."
        )


def losses(regions: OperatedRegions, account: Account, stand_by: str) -> list[str]:
    """What taking the home over costs, line by line."""
    home = account.home_region
    told = [
        f"{stand_by} takes account {account.account} over from {home}. What {home} has acknowledged and {stand_by} has "
        f"not adopted is overtaken: keytide overtaken list tells it once {home} is back, which forgets the secrets of "
        "the account's access keys then.",
        _unheard(regions, account.account, home, stand_by),
    ]
    lacking = regions.read(stand_by, partial(_without_secret, account.account)) or []
    if lacking:
        told.append(f"{stand_by} lacks the secrets of {', '.join(lacking)}: they stop working; make new ones after.")
    if home in regions.nodes and is_running(regions.nodes[home]):
        told.append(f"{home} runs: keytide account move-home {account.account} loses nothing.")
    return told


def is_running(node: NodeSettings) -> bool:
    """Whether somebody listens on its replicator's socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(node.replicator_socket)) == 0


def _unheard(regions: OperatedRegions, account: str, home: str, stand_by: str) -> str:
    shared = regions.read(home, partial(_shared, account))
    if not shared:
        return f"How much that is cannot be said, for {home}'s state is not here."
    adopted = regions.read(stand_by, partial(_adopted, account, home)) or 0
    missing = max(0, shared - adopted)
    return f"{stand_by} has adopted {adopted:,} of the {shared:,} records that {home} shares: {missing:,} are missing."


def _head(account: str, partitions: int, snapshot: Snapshot) -> PartitionHead:
    return PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition_of(account, partitions))))


def _adopted(account: str, home: str, partitions: int, snapshot: Snapshot) -> int:
    return _head(account, partitions, snapshot).adopted_numbers().get(home, 0)


def _shared(account: str, partitions: int, snapshot: Snapshot) -> int:
    return _head(account, partitions, snapshot).shared.sequence


def _without_secret(account: str, partitions: int, snapshot: Snapshot) -> list[str]:
    keys = access_keys(SnapshotView(snapshot, partitions), account)
    return [key.access_key_id for key in keys if key.wrapped is None]
