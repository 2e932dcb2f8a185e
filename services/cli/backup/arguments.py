"""The arguments of `keytide backup` and `keytide restore`: one table, apart from the work."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path

from services.cli.actions import Action, add_actions
from services.cli.arguments import directory_argument, json_argument, region_argument
from services.cli.operator_arguments import AUTHORITY
from shared.crypto.key_shares import MOST_SHARES
from shared.identifiers import ARCHIVE_PATTERN


def backup_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive")
    parser.add_argument("--region", required=True, help="whose archive it is")
    parser.add_argument("--share", type=Path, action="append", default=[], metavar="FILE", help="a share in clear")
    parser.add_argument(
        "--peers", type=Path, metavar="DIRECTORY", help="that of keytide up, whose running regions give their shares"
    )
    parser.add_argument("--root", type=Path, metavar="FILE", help="a copy of the region's root (default: a passphrase)")
    parser.add_argument("--identity", metavar="FINGERPRINT", help="that the region's card must have: keytide cards")
    directory_argument(parser, None)
    json_argument(parser)


def _make(parser: ArgumentParser) -> None:
    _one_region(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the archive; it must not be there")
    parser.add_argument(
        "--shares-to", type=Path, metavar="DIRECTORY", help="shares for persons (default: one for each peer region)"
    )
    parser.add_argument("-n", "--shares", type=_count, metavar="N", help="with --shares-to: how many")
    parser.add_argument(
        "-k", "--threshold", type=_count, metavar="K", help="how many of the shares open it (default: more than half)"
    )
    json_argument(parser)


def _show(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive")
    json_argument(parser)


def _list(parser: ArgumentParser) -> None:
    region_argument(parser)
    json_argument(parser)


def _record(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive")


def _expire(parser: ArgumentParser) -> None:
    _of_an_archive(parser)
    parser.add_argument(
        "--statement", type=Path, action="append", default=[], metavar="FILE", help="a holder's, from destroy-share"
    )
    parser.add_argument(
        "--destroyed", action="append", default=[], metavar="HOLDER", help="whose share is gone, as you vouch"
    )
    json_argument(parser)


def _keep_share(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the sealed share")
    _one_region(parser)


def _release_share(parser: ArgumentParser) -> None:
    _of_an_archive(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="where to write it, anew")


def _destroy_share(parser: ArgumentParser) -> None:
    _of_an_archive(parser)
    parser.add_argument("--of", required=True, metavar="REGION", help="whose archive it is")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="where to write the statement")


def _of_an_archive(parser: ArgumentParser) -> None:
    parser.add_argument("archive", type=_archive, metavar="ARCHIVE", help="its id: keytide backup list")
    _one_region(parser)


def _one_region(parser: ArgumentParser) -> None:
    parser.add_argument("--region", required=True, help="the region that does it")


def _archive(text: str) -> str:
    if ARCHIVE_PATTERN.fullmatch(text) is None:
        raise ArgumentTypeError(f"{text!r} is no archive's id, which has 32 hexadecimal digits")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SHARES:
        raise ArgumentTypeError(f"must be a whole number from 1 to {MOST_SHARES}, not {text!r}")
    return int(text)


ACTIONS: Mapping[str, Action] = {
    "make": Action(
        "services.cli.backup.backup:make",
        "make an archive of a region, which runs or not",
        _make,
        "It holds the whole log up to this moment, the key files, cards and settings; not the root. Each is whole: "
        "there are none that hold only what is new.",
    ),
    "show": Action(
        "services.cli.backup.backup:show", "what an archive is of, and who holds the shares of its key", _show
    ),
    "list": Action("services.cli.backup.backup:list_archives", "the archives that regions know of", _list),
    "record": Action(
        "services.cli.backup.backup:record",
        "tell a region of an archive that was made while it stood still",
        _record,
        "Until then nothing speaks of it that tells what is erased.",
    ),
    "expire": Action(
        "services.cli.backup.expiry:expire",
        "have the holders destroy their shares, so that nobody opens an archive any more",
        _expire,
        "Holders that run here are asked; those elsewhere do it with destroy-share, and you bring their statements.",
    ),
    "keep-share": Action(
        "services.cli.backup.shares:keep", "have a region keep the share that is sealed to it", _keep_share
    ),
    "release-share": Action(
        "services.cli.backup.shares:release",
        "write a region's share in clear, for whoever restores",
        _release_share,
        "Whoever has enough of them, the archive and the root has the region.",
    ),
    "destroy-share": Action(
        "services.cli.backup.shares:destroy",
        "have a region destroy its share for good, and say so under its signature",
        _destroy_share,
    ),
}
