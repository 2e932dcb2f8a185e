"""A new access key for the person who asked: shown this once, or written into a file that did not exist.

Owns these texts. What has been made is never lost for a file that cannot be written: then it is shown.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from services.cli.credentials import exports
from services.cli.faults import CannotStart
from services.durable_file import place_new_file
from services.region_node.operator.questions import NewAccessKey


def require_new(file: Path | None) -> None:
    """To be asked before anything is made. Errors: CannotStart."""
    if file is not None and file.exists():
        raise CannotStart(f"--credentials-file: {file} exists, and is not written over")
    if file is not None and not file.absolute().parent.is_dir():
        raise CannotStart(f"--credentials-file: {file.parent} is no directory")


def give(made: NewAccessKey, what: str, endpoint: str, region: str, file: Path | None) -> None:
    """`what` says whose it is."""
    lines = exports(made.access_key_id, made.secret.reveal().decode(), endpoint, region)
    if file is None:
        print(shown(what, lines, made.former))
        return
    try:
        place_new_file(file, "\n".join([*lines, ""]).encode())
    except OSError as error:
        print(f"keytide: {file} cannot be written: {error.strerror}", file=sys.stderr)
        print(shown(what, lines, made.former))
        return
    print("\n".join([f"{what}: {made.access_key_id}, with its secret in {file}", *_former(made.former)]))


def shown(what: str, lines: Sequence[str], former: Sequence[str]) -> str:
    """The text with the secret, to be copied."""
    return "\n".join(
        [f"{what}. The secret is shown this once:", "", *(f"  {line}" for line in lines), "", *_former(former)]
    ).rstrip("\n")


def _former(former: Sequence[str]) -> list[str]:
    return [f"The former access keys stay valid: {', '.join(former)}."] * bool(former)
