"""Arguments that the operator's commands share, and how each is read."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from services.review import times
from shared.identifiers import ACCOUNT_PATTERN, KEY_ID_PATTERN, REGION_PATTERN
from shared.identity.naming import SERVICE_PRINCIPAL_PATTERN

NO_REGION = "none"
AUTHORITY = (
    "Whoever may open the region's files may do this: the node is asked over its Unix socket in the region's "
    "directory. --directory is that of keytide up, or that of one region."
)

WAIT_SECONDS = 10
LONGEST_WAIT_SECONDS = 45
"""Less than the answer to a question of the operator may take."""


def account_argument(parser: ArgumentParser) -> None:
    parser.add_argument("account", type=account_id, metavar="ACCOUNT", help="the account's id, 12 digits")


def access_key_argument(parser: ArgumentParser) -> None:
    parser.add_argument("access_key_id", metavar="ACCESS_KEY_ID")


def force_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="do it; without it the command only says what it would do")


def wait_argument(parser: ArgumentParser) -> None:
    """Below `--without-the-tail`."""
    parser.add_argument(
        "--wait",
        type=int,
        choices=range(LONGEST_WAIT_SECONDS + 1),
        default=WAIT_SECONDS,
        metavar="SECONDS",
        help=f"so long for it, at most {LONGEST_WAIT_SECONDS} (default: {WAIT_SECONDS})",
    )


def credentials_file_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--credentials-file",
        type=Path,
        metavar="FILE",
        help="write the access key there (mode 0600, to be sourced by a shell) and do not show it",
    )


def account_id(text: str) -> str:
    """Errors: argparse.ArgumentTypeError, like all below."""
    if ACCOUNT_PATTERN.fullmatch(text) is None:
        raise ArgumentTypeError(f"an account's id is 12 digits, not {text!r}; see: keytide account list")
    return text


def key_name(text: str) -> str:
    """A key's id or ARN."""
    name = text.rpartition(":key/")[2] if text.startswith("arn:") else text
    if KEY_ID_PATTERN.fullmatch(name) is None:
        raise ArgumentTypeError(f"must be the id or the ARN of a key, not {text!r}")
    return text


def region(text: str) -> str:
    if REGION_PATTERN.fullmatch(text) is None:
        raise ArgumentTypeError(f"{text!r} is no region name; one looks like us-east-1")
    return text


def region_or_none(text: str) -> str:
    return text if text == NO_REGION else region(text)


def service_principal(text: str) -> str:
    if SERVICE_PRINCIPAL_PATTERN.fullmatch(text) is None:
        raise ArgumentTypeError(f"{text!r} is no service; one looks like backup.example.com")
    return text


def moment(text: str) -> int:
    """Milliseconds since 1970. Errors: ArgumentTypeError."""
    read = times.read(text)
    if read is None:
        raise ArgumentTypeError(f"must be a time, in ISO 8601 or seconds, not {text!r}")
    return read
