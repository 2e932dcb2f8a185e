"""`keytide scp …`: the service control policies that bind an account."""

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path

from replication.state.state_store import Snapshot
from replication.state.view import SnapshotView
from services.cli.asking import at_home, tell_nothing_done
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import Verb
from shared.identity.model import ServiceControl
from shared.identity.naming import service_control_stream

STANDARD_INPUT = Path("-")


def put(arguments: Namespace) -> None:
    document = _document(arguments.file)
    regions, place = OperatedRegions(arguments.directory), {"level": arguments.level, "name": arguments.name}
    at_home(regions, arguments.account, Verb.PUT_SERVICE_CONTROL_POLICY, **place, document=document)
    print(f"Account {arguments.account} is bound by {arguments.name}, at the level {arguments.level}.")


def remove(arguments: Namespace) -> int:
    what = f"service control policy {arguments.name} of the level {arguments.level} of account {arguments.account}"
    if not arguments.force:
        return tell_nothing_done(f"This removes {what}, and its document.")
    regions, place = OperatedRegions(arguments.directory), {"level": arguments.level, "name": arguments.name}
    at_home(regions, arguments.account, Verb.REMOVE_SERVICE_CONTROL_POLICY, **place)
    print(f"Removed: {what}.")
    return 0


def show(arguments: Namespace) -> None:
    """As the region knows them whose word counts about the account."""
    regions = OperatedRegions(arguments.directory)
    known = regions.known(arguments.account)
    rows = regions.read(known.region, partial(_rows, arguments.account)) or []
    nothing = f"No service control policy binds account {arguments.account}."
    show_rows(rows, as_json=arguments.json, nothing=nothing, wide=frozenset({"document"}))


def _rows(account: str, partitions: int, snapshot: Snapshot) -> list[Row]:
    state = SnapshotView(snapshot, partitions).state(service_control_stream(account))
    policies = state.policies if isinstance(state, ServiceControl) else ()
    return [
        {"level": level, "name": name, "characters": len(document), "document": document}
        for level, name, document in policies
    ]


def _document(file: Path) -> str:
    try:
        return sys.stdin.read() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CannotStart(f"{file}: is no text in UTF-8") from error
