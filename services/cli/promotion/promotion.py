"""`keytide promote`: a region makes its replicas the primaries of keys whose primary's region is lost.

Owns what a person is told: which keys there are first, and which of them cannot be promoted; then what has become of
each. A command that is given again goes on, and says where nothing is left to do.
"""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

from services.cli.asking import tell_nothing_done
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import NotReached, OutcomeUnknown, Refused, Verb, ask
from services.region_node.settings.settings import NodeSettings


class Found(NamedTuple):
    """One key. `refusal`: why it cannot be promoted there, or ""."""

    account: str
    key_id: str
    primary_region: str
    refusal: str


def main(arguments: Namespace) -> int:
    """0: all that can be promoted are, by now or before; 1: only told, not all of them, or the one key cannot be.

    Errors: those of `services/cli/faults.py`.
    """
    if arguments.all != (arguments.former is not None):
        raise CannotStart("--all and --from REGION are said together")
    if arguments.former == arguments.region:
        raise CannotStart("--from is the lost region, and --region another that takes its place")
    node = OperatedRegions(arguments.directory).node(arguments.region)
    found = asyncio.run(_found(node, arguments))
    able, refused = [key for key in found if not key.refusal], [key for key in found if key.refusal]
    if not able:
        print("\n".join([*_refused(refused), *_nothing_left(arguments, refused)]))
        return int(bool(refused) and arguments.key is not None)
    if not arguments.force:
        return tell_nothing_done("\n".join([*_listed(able, arguments.region), *_refused(refused)]))
    print("".join(f"{line}\n" for line in _refused(refused)), end="", flush=True)
    status = asyncio.run(_promoted(node, able, arguments))
    return status if arguments.key is not None else status or _more(node, arguments)


def _more(node: NodeSettings, arguments: Namespace) -> int:
    """1 where others can be promoted by now: a region that is building its state knows of a part of its keys, and
    refuses to say that nothing is left. Errors: those of `ask`.
    """
    more = [key for key in asyncio.run(_found(node, arguments)) if not key.refusal]
    if more:
        print(f"{len(more):,} more keys can be promoted by now: give the same command again.")
    return int(bool(more))


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


def _listed(able: Sequence[Found], region: str) -> list[str]:
    return [f"{len(able):,} keys would have their primary in {region}:", *map(_line, able)]


def _refused(refused: Sequence[Found]) -> list[str]:
    return [f"{len(refused):,} keys cannot be promoted:", *map(_line, refused)] if refused else []


def _line(key: Found) -> str:
    return f"  {key.account} {key.key_id}  primary in {key.primary_region}{key.refusal and f'; no: {key.refusal}'}"


def _nothing_left(arguments: Namespace, refused: Sequence[Found]) -> list[str]:
    """Also after a run whose last answer did not arrive: whoever repeats the command is told that it was done."""
    if arguments.key is not None:
        return [] if refused else [f"{arguments.region} has the primary of {arguments.key} already."]
    whose = f" of account {arguments.account}" if arguments.account else ""
    place = f"in {arguments.former}" if arguments.former else "elsewhere"
    other = "other " if refused else ""
    return [f"Nothing is left to promote: {arguments.region} holds no {other}replica{whose} whose primary is {place}."]


async def _promoted(node: NodeSettings, able: Sequence[Found], arguments: Namespace) -> int:
    done = 0
    for number, key in enumerate(able, 1):
        try:
            text, is_done = await _one(node, key, arguments), True
        except (Refused, NotReached) as fault:
            text, is_done = f"not promoted: {fault}", False
        except OutcomeUnknown as fault:  # nobody knows of this key; the others have their turn all the same
            text, is_done = str(fault), False
        done += is_done
        print(f"[{number:,}/{len(able):,}] {key.account} {key.key_id}: {text}", flush=True)
    print(f"{done:,} of {len(able):,} keys have their primary in {arguments.region} now.")
    return int(done < len(able))


async def _one(node: NodeSettings, key: Found, arguments: Namespace) -> str:
    epoch, number, unheard = await ask(
        node,
        Verb.PROMOTE,
        account=key.account,
        key_id=key.key_id,
        even_though_it_answers=arguments.even_though_it_answers,
        without_the_tail=arguments.without_the_tail,
        wait_seconds=arguments.wait,
    )
    asked = f"; could not be asked: {', '.join(unheard)}" if unheard else ""
    return f"promoted, epoch {epoch}; it builds on record {number:,} of {key.primary_region}{asked}"
