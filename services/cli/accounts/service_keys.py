"""`keytide service …`: the access keys with which services of the operator's own call, as service principals."""

from argparse import Namespace

from services.cli.asking import at_home, give_access_key, tell_nothing_done
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.operated_regions import KnownAccount, OperatedRegions
from services.region_node.operator.questions import Verb
from shared.times import instant


def create_key(arguments: Namespace) -> None:
    what = f"Service {arguments.service} has got an access key of account {arguments.account}"
    give_access_key(arguments, Verb.SERVICE_KEY, what, service_principal=arguments.service)


def delete_key(arguments: Namespace) -> int:
    whose = f"access key {arguments.access_key_id} of service {arguments.service} in account {arguments.account}"
    if not arguments.force:
        return tell_nothing_done(f"This deletes {whose}, for good.")
    named = {"access_key_id": arguments.access_key_id, "service_principal": arguments.service}
    at_home(OperatedRegions(arguments.directory), arguments.account, Verb.DELETE_ACCESS_KEY, **named)
    print(f"Deleted: {whose}.")
    return 0


def show(arguments: Namespace) -> None:
    regions = OperatedRegions(arguments.directory)
    accounts = regions.accounts if arguments.account is None else (regions.known(arguments.account),)
    rows = [row for known in accounts for row in rows_of(known)]
    show_rows(rows, as_json=arguments.json, nothing="No service has an access key.")


def rows_of(known: KnownAccount) -> list[Row]:
    """The access keys of services in the account, as they are listed."""
    return [
        {
            "service": key.service_principal,
            "account": key.account,
            "access_key_id": key.access_key_id,
            "status": key.status,
            "created": instant(key.created_at),
            "held_in": list(key.held_in),
        }
        for key in known.access_keys
        if key.service_principal
    ]
