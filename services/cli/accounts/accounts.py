"""`keytide account …`: accounts, their administrators and root users, and where their homes are.

Owns what is asked of which region, and what is told. What a home that is lost needs is in `taking_home.py`.
"""

import asyncio
import sys
from argparse import Namespace

from services.cli.accounts.given_access_key import require_new
from services.cli.asking import at_home, give_access_key, hand_over, tell_nothing_done
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.operated_regions import KnownAccount, OperatedRegions
from services.cli.operator_arguments import NO_REGION
from services.cli.up.topology import next_region
from services.region_node.operator.questions import Verb, ask_for_access_key
from shared.times import instant


def show(arguments: Namespace) -> None:
    """What cannot be read is said, and hides nothing else."""
    regions = OperatedRegions(arguments.directory)
    rows = [row(known) for known in regions.accounts]
    show_rows(rows, as_json=arguments.json, nothing="There are no accounts.", wide=frozenset({"root_keys"}))
    for region, reason in regions.unfit.items():
        print(f"keytide: {region} cannot be read: {reason}", file=sys.stderr)


def row(known: KnownAccount) -> Row:
    """The account as it is listed."""
    account = known.account
    roots = [key.access_key_id for key in known.access_keys if not key.user_name and not key.service_principal]
    return {
        "account": account.account,
        "name": account.name,
        "home": account.home_region,
        "stand_by": account.stand_by_region,
        "created": instant(account.created_at),
        "users": known.users,
        "access_keys": len(known.access_keys),
        "root_keys": roots,
    }


def create(arguments: Namespace) -> None:
    """Errors: those of `services/cli/faults.py`."""
    require_new(arguments.credentials_file)
    regions = OperatedRegions(arguments.directory)
    home = arguments.region or regions.names[0]
    stand_by = _stand_by(regions, home, arguments.stand_by)
    question = ask_for_access_key(
        regions.node(home), Verb.CREATE_ACCOUNT, name=arguments.name, stand_by_region=stand_by
    )
    made = asyncio.run(question)
    hand_over(arguments, regions, made, created(made.account, arguments.name, home, stand_by), home)


def _stand_by(regions: OperatedRegions, home: str, wanted: str | None) -> str | None:
    if wanted is None:
        return next_region(regions.names, home) if home in regions.names else None
    return None if wanted == NO_REGION else wanted


def created(account: str, name: str, home: str, stand_by: str | None) -> str:
    """What was made, for a person."""
    place = f"home {home}, {f'stand-by {stand_by}' if stand_by else 'no stand-by'}"
    return f"Account {account} ({name}; {place}) and its administrator are made"


def administrator_key(arguments: Namespace) -> None:
    what = f"The administrator of account {arguments.account} has got an access key"
    give_access_key(arguments, Verb.ADMINISTRATOR_KEY, what)


def root_key(arguments: Namespace) -> None:
    give_access_key(arguments, Verb.ROOT_KEY, f"The root user of account {arguments.account} has got an access key")


def delete_root_key(arguments: Namespace) -> int:
    whose = f"access key {arguments.access_key_id} of account {arguments.account}'s root user"
    if not arguments.force:
        return tell_nothing_done(f"This deletes {whose}, for good.")
    regions = OperatedRegions(arguments.directory)
    at_home(regions, arguments.account, Verb.DELETE_ACCESS_KEY, access_key_id=arguments.access_key_id)
    print(f"Deleted: {whose}.")
    return 0


def update_stand_by(arguments: Namespace) -> None:
    region = None if arguments.region == NO_REGION else arguments.region
    regions = OperatedRegions(arguments.directory)
    at_home(regions, arguments.account, Verb.UPDATE_STAND_BY, stand_by_region=region)
    if region is None:
        print(f"Account {arguments.account} has no stand-by: if its home is lost, so are its changes for ever.")
    else:
        print(f"{region} is the stand-by of account {arguments.account}, and gets the secrets of its access keys.")


def set_synchronous(arguments: Namespace) -> None:
    regions = OperatedRegions(arguments.directory)
    at_home(regions, arguments.account, Verb.SET_SYNCHRONOUS, synchronous_regions=arguments.regions)
    waits = f"for {arguments.regions} other regions" if arguments.regions else "for no other region"
    print(f"Changes of account {arguments.account} wait {waits}.")


def move_home(arguments: Namespace) -> None:
    """Without `--to` a second run moves it back: whoever has not got the answer to the first cannot repeat it.

    Errors: those of `at_home`, CannotStart where another region than `--to` is the stand-by.
    """
    regions = OperatedRegions(arguments.directory)
    known = regions.known(arguments.account).account
    if arguments.to == known.home_region:
        print(f"{arguments.to} is the home of account {known.account} already.")
        return
    if arguments.to not in (None, known.stand_by_region):
        raise CannotStart(
            f"account {known.account} moves to its stand-by, {known.stand_by_region or 'which it has not'}: first "
            f"keytide account stand-by {known.account} {arguments.to}"
        )
    before = at_home(regions, arguments.account, Verb.MOVE_HOME).account
    print(
        f"The home of account {before.account} moves from {before.home_region} to {before.stand_by_region}, which "
        f"takes its changes as soon as it has heard of it; {before.home_region} is the stand-by now."
    )
