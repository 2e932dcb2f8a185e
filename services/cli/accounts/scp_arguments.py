"""The arguments of `keytide scp`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument
from services.cli.operator_arguments import AUTHORITY, account_argument, force_argument
from shared.identity.limits import LEVELS


def scp_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def _policy(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("level", choices=LEVELS, metavar="LEVEL", help=f"one of {', '.join(LEVELS)}")
    parser.add_argument("name", metavar="NAME", help="of the policy, at its level")


def _put(parser: ArgumentParser) -> None:
    _policy(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="the policy document, JSON; - reads standard input")


def _remove(parser: ArgumentParser) -> None:
    _policy(parser)
    force_argument(parser)


def _list(parser: ArgumentParser) -> None:
    account_argument(parser)
    json_argument(parser)


ACTIONS: Mapping[str, Action] = {
    "put": Action(
        "services.cli.accounts.service_control:put",
        "bind an account by a policy, or replace it",
        _put,
        "Every level that has any policies has to allow what the account's users, roles and root user do; a Deny at "
        "any level denies. Services are not bound.",
    ),
    "remove": Action("services.cli.accounts.service_control:remove", "take a policy off an account", _remove),
    "list": Action(
        "services.cli.accounts.service_control:show",
        "the policies that bind an account",
        _list,
        "The documents stand in the JSON alone.",
    ),
}
