"""The arguments of `keytide usage`, `keytide cost` and `keytide key deletable`, apart from the work."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from services.cli.arguments import directory_argument, json_argument
from services.cli.operator_arguments import region
from shared.cost.bill import FIELDS
from shared.cost.month import Month, month_named
from shared.identifiers import KEY_ID_PATTERN
from shared.usage.report import COLUMNS

DEFAULT_COLUMNS = ("key", "principal", "operation", "outcome")
DAYS, UNUSED_DAYS = 30, 90
_KNOWN = (
    "Counted from the audit trail by each region's auditor and kept for 13 months, read from the files of the regions "
    "in --directory, whether they run or not. What it means: docs/usage.md."
)


def usage_arguments(parser: ArgumentParser) -> None:
    """`keytide usage`."""
    parser.epilog = _KNOWN
    parser.add_argument("unused", nargs="?", choices=("unused",), help="keys and grants that nobody uses, instead")
    regions_argument(parser)
    parser.add_argument(
        "--key", type=_key, metavar="KEY", help="one key's id or ARN; either stands for all its regions"
    )
    parser.add_argument("--principal", type=_principal, metavar="ARN", help="one user's or role's calls")
    parser.add_argument(
        "--days", type=_days, metavar="N", help=f"so far back (default: {DAYS}; of what is unused {UNUSED_DAYS})"
    )
    columns = ",".join(DEFAULT_COLUMNS)
    parser.add_argument(
        "--by",
        type=_columns,
        default=DEFAULT_COLUMNS,
        metavar="A,B",
        help=f"what is told apart, of {', '.join(COLUMNS)} (default: {columns})",
    )
    json_argument(parser)
    directory_argument(parser)


def cost_arguments(parser: ArgumentParser) -> None:
    """`keytide cost`."""
    parser.epilog = f"{_KNOWN} The prices are AWS's public ones, unless --prices gives others."
    regions_argument(parser)
    parser.add_argument("--month", type=_month, metavar="YYYY-MM", help="in UTC (default: the present one)")
    parser.add_argument("--by", choices=FIELDS, default="account", help="(default: account)")
    parser.add_argument(
        "--prices", type=Path, metavar="FILE", help="TOML or JSON; what it leaves out costs what AWS asks"
    )
    json_argument(parser)
    directory_argument(parser)


def deletable_arguments(parser: ArgumentParser) -> None:
    """`keytide key deletable`."""
    parser.add_argument("key", metavar="KEY", help="a key's id or ARN; all its regions are looked at")
    parser.add_argument(
        "--days",
        type=_days,
        default=UNUSED_DAYS,
        metavar="N",
        help=f"how long unused is enough (default: {UNUSED_DAYS})",
    )
    json_argument(parser)


def regions_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--region",
        type=region,
        action="append",
        default=[],
        dest="regions",
        metavar="REGION",
        help="may be repeated; what is told is of all of them together (default: all that are operated here)",
    )


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be a whole number of days from 1, not {text!r}")
    return int(text)


def key_id_in(key: str) -> str:
    """The id in what may be an ARN."""
    return key.rpartition("key/")[2]


def _key(text: str) -> str:
    """Usage is counted by keys: what has an alias today need not have had it then."""
    if KEY_ID_PATTERN.fullmatch(key_id_in(text)) is None:
        raise ArgumentTypeError(f"must be the id or the ARN of a key, not {text!r}")
    return text


def _principal(text: str) -> str:
    if not text.startswith("arn:"):
        raise ArgumentTypeError(f"must be an ARN, such as arn:aws:iam::111122223333:user/alice, not {text!r}")
    return text


def _columns(text: str) -> tuple[str, ...]:
    columns = tuple(part.strip() for part in text.split(","))
    for column in columns:
        if column not in COLUMNS:
            raise ArgumentTypeError(f"{column!r} is none of {', '.join(COLUMNS)}")
    return columns


def _month(text: str) -> Month:
    try:
        return month_named(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
