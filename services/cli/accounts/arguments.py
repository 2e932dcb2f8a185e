"""The arguments of `keytide account`: one table, apart from the work, of which each command loads only its own."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument
from services.cli.operator_arguments import (
    AUTHORITY,
    access_key_argument,
    account_argument,
    credentials_file_argument,
    force_argument,
    region,
    region_or_none,
    wait_argument,
)


def account_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def _create(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="1 to 50 characters; names may be given twice, ids never")
    parser.add_argument("--region", type=region, help="the account's home (default: the first)")
    parser.add_argument(
        "--stand-by",
        type=region_or_none,
        metavar="REGION",
        help="which region may take over; none: no region (default: the one after the home)",
    )
    credentials_file_argument(parser)


def _access_key(parser: ArgumentParser) -> None:
    account_argument(parser)
    credentials_file_argument(parser)


def _delete_root_key(parser: ArgumentParser) -> None:
    account_argument(parser)
    access_key_argument(parser)
    force_argument(parser)


def _stand_by(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument(
        "region", type=region_or_none, metavar="REGION", help="a peer of the account's home; none: no region"
    )


def _synchronous(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("--regions", type=int, required=True, metavar="N", help="so many other regions; 0: none")


def _move_home(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("--to", type=region, metavar="REGION", help="the stand-by; where it is the home, all is done")


def _take_home(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("--region", type=region, required=True, help="which region takes over: the stand-by")
    parser.add_argument("--without-the-tail", action="store_true", help="do not wait for what other regions know")
    wait_argument(parser)
    force_argument(parser)


ACTIONS: Mapping[str, Action] = {
    "list": Action(
        "services.cli.accounts.accounts:show",
        "every account that the regions know",
        json_argument,
        "Read from the regions' states, whether they run or not.",
    ),
    "create": Action(
        "services.cli.accounts.accounts:create",
        "an account, with an administrator and its access key",
        _create,
        "The secret is shown this once.",
    ),
    "administrator": Action(
        "services.cli.accounts.accounts:administrator_key",
        "another access key for the administrator",
        _access_key,
        "For when all of them are lost; those that there are stay valid. The user administrator is made again, with "
        "AdministratorAccess, where somebody has deleted it.",
    ),
    "root-key": Action(
        "services.cli.accounts.accounts:root_key",
        "an access key of the account's root user",
        _access_key,
        "No policy of the account binds the root user; service control policies and key policies do.",
    ),
    "delete-root-key": Action(
        "services.cli.accounts.accounts:delete_root_key",
        "take an access key from the account's root user",
        _delete_root_key,
    ),
    "stand-by": Action(
        "services.cli.accounts.accounts:update_stand_by",
        "choose the region that may become the account's home",
        _stand_by,
        "It gets the secrets of the account's access keys, and the former stand-by forgets them.",
    ),
    "synchronous": Action(
        "services.cli.accounts.accounts:set_synchronous",
        "let changes be answered only after other regions have adopted them",
        _synchronous,
        "Of users, groups, roles and policies, and of the account's multi-region keys. See docs/durability.md.",
    ),
    "move-home": Action(
        "services.cli.accounts.accounts:move_home",
        "move the account's home to its stand-by",
        _move_home,
        "Both regions run, and nothing is lost: the home becomes the stand-by. A second run moves it back, unless --to "
        "says where to.",
    ),
    "take-home": Action(
        "services.cli.accounts.taking_home:take_home",
        "let the stand-by take over from a home that is gone for good",
        _take_home,
        "What the home acknowledged and the stand-by has not heard of is lost. Without --force it says what is known "
        "of that, and changes nothing.",
    ),
}
