"""`keytide promote`: a region makes its replicas the primaries of keys whose primary's region is lost.

Owns what a person is told: which keys there are first, then what has become of each.
"""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

from services.cli.asking import tell_nothing_done
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import Refused, Verb, ask
from services.region_node.settings.settings import NodeSettings


class Found(NamedTuple):
    """One key. `refusal`: why it cannot be promoted there, or ""."""

    account: str
    key_id: str
    primary_region: str
    refusal: str


def main(arguments: Namespace) -> int:
    """0: all promoted; 1: only told, or not all of them. Errors: those of `services/cli/faults.py`."""
    if arguments.all != (arguments.former is not None):
        raise CannotStart("--all and --from REGION are said together")
    node = OperatedRegions(arguments.directory).node(arguments.region)
    found = asyncio.run(_found(node, arguments))
    if not found:
        raise CannotStart(f"{arguments.region} holds no replica of such a key whose primary is elsewhere")
    if not arguments.force:
        return tell_nothing_done("\n".join(_listed(found, arguments.region)))
    return asyncio.run(_promoted(node, found, arguments))


async def _found(node: NodeSettings, arguments: Namespace) -> list[Found]:
    account, key_id = arguments.account or "", ""
    if arguments.key:
        account, key_id = _named(arguments.key)
    rows = await ask(node, Verb.PROMOTABLE, account=account, former=arguments.former or "", key_id=key_id)
    return [Found(*row) for row in rows]


def _named(key: str) -> tuple[str, str]:
    """Account and id of a key: of an ARN both, of an id alone any account's."""
    if not key.startswith("arn:"):
        return "", key
    *_, account, resource = key.split(":")
    return account, resource.removeprefix("key/")


def _listed(found: Sequence[Found], region: str) -> list[str]:
    return [f"{len(found):,} keys would have their primary in {region}:", *map(_line, found)]


def _line(key: Found) -> str:
    return f"  {key.account} {key.key_id}  primary in {key.primary_region}{key.refusal and f'; no: {key.refusal}'}"


async def _promoted(node: NodeSettings, found: Sequence[Found], arguments: Namespace) -> int:
    done = 0
    for number, key in enumerate(found, 1):
        text, is_done = await _one(node, key, arguments)
        done += is_done
        print(f"[{number:,}/{len(found):,}] {key.account} {key.key_id}: {text}", flush=True)
    print(f"{done:,} of {len(found):,} keys have their primary in {arguments.region} now.")
    return int(done < len(found))


async def _one(node: NodeSettings, key: Found, arguments: Namespace) -> tuple[str, bool]:
    try:
        epoch, number, unheard = await ask(
            node,
            Verb.PROMOTE,
            account=key.account,
            key_id=key.key_id,
            even_though_it_answers=arguments.even_though_it_answers,
            without_the_tail=arguments.without_the_tail,
            wait_seconds=arguments.wait,
        )
    except Refused as refusal:
        return f"not promoted: {refusal}", False
    asked = f"; could not be asked: {', '.join(unheard)}" if unheard else ""
    return f"promoted, epoch {epoch}; it builds on record {number:,} of {key.primary_region}{asked}", True
