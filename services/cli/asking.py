"""An operator's command, asked of the one region that may do it: the account's home.

Owns what is said where that region is not here or does not run.
"""

import asyncio
from argparse import Namespace

from services.cli.accounts.given_access_key import give, require_new
from services.cli.faults import CannotStart
from services.cli.operated_regions import KnownAccount, OperatedRegions
from services.plain_fault import PlainFault
from services.region_node.operator.questions import NewAccessKey, NotReached, Verb, ask, ask_for_access_key


def at_home(regions: OperatedRegions, account: str, verb: Verb, **arguments: str | int | None) -> KnownAccount:
    """Have it done; returns the account as it was before. Errors: those of `ask`, CannotStart."""
    known = regions.known(account)
    try:
        asyncio.run(ask(regions.node(known.account.home_region), verb, account=account, **arguments))
    except (NotReached, CannotStart) as fault:
        raise _with_a_way_out(fault, known) from fault
    return known


def give_access_key(arguments: Namespace, verb: Verb, what: str, **more: str) -> None:
    """Have an access key made in the account's home, and give it to the person. `what` says whose it is."""
    require_new(arguments.credentials_file)
    regions = OperatedRegions(arguments.directory)
    known = regions.known(arguments.account)
    home = known.account.home_region
    try:
        made = asyncio.run(ask_for_access_key(regions.node(home), verb, account=arguments.account, **more))
    except (NotReached, CannotStart) as fault:
        raise _with_a_way_out(fault, known) from fault
    hand_over(arguments, regions, made, what, home)


def hand_over(arguments: Namespace, regions: OperatedRegions, made: NewAccessKey, what: str, home: str) -> None:
    give(made, what, regions.endpoint(home), home, arguments.credentials_file)


def _with_a_way_out(fault: PlainFault, known: KnownAccount) -> PlainFault:
    """A home that is gone for good is no reason to wait."""
    number, stand_by = known.account.account, known.account.stand_by_region
    if stand_by is None:
        return fault
    return type(fault)(
        f"{fault}. If {known.account.home_region}, the account's home, is gone for good: "
        f"keytide account take-home {number} --region {stand_by}"
    )


def tell_nothing_done(what: str) -> int:
    """For what is only done by force; the exit status."""
    print(f"{what}\nNothing was changed. To do it, say --force.")
    return 1
