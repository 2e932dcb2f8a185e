"""The arguments of `keytide service`."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument
from services.cli.operator_arguments import (
    AUTHORITY,
    access_key_argument,
    account_argument,
    account_id,
    credentials_file_argument,
    force_argument,
    service_principal,
)


def service_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def _service_of_account(parser: ArgumentParser) -> None:
    parser.add_argument("service", type=service_principal, metavar="SERVICE_PRINCIPAL", help="as backup.example.com")
    account_argument(parser)


def _create_key(parser: ArgumentParser) -> None:
    _service_of_account(parser)
    credentials_file_argument(parser)


def _delete_key(parser: ArgumentParser) -> None:
    _service_of_account(parser)
    access_key_argument(parser)
    force_argument(parser)


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("account", nargs="?", type=account_id, metavar="ACCOUNT", help="only of this account")
    json_argument(parser)


ACTIONS: Mapping[str, Action] = {
    "create-key": Action(
        "services.cli.accounts.service_keys:create_key",
        "an access key with which a service of your own calls",
        _create_key,
        "It signs as the service principal, which key policies and grants name; its requests are made in ACCOUNT.",
    ),
    "delete-key": Action(
        "services.cli.accounts.service_keys:delete_key", "take an access key from a service", _delete_key
    ),
    "list": Action("services.cli.accounts.service_keys:show", "the access keys of services", _list),
}
