"""The arguments of `keytide status`, `keytide barrier` and `keytide receipt`."""

import argparse
from pathlib import Path

from services.cli.arguments import directory_argument, json_argument, region_argument


def status_arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    region_argument(parser)
    json_argument(parser)


def barrier_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("position", help="what the header x-keytide-position of the change's answer said")
    parser.add_argument("--regions", metavar="A,B", help="that must have adopted the change (default: all known)")
    parser.add_argument("--timeout", type=int, default=10, metavar="SECONDS", help="from 1 to 50 (default: 10)")
    parser.add_argument("--file", type=Path, help="where to write the receipt (default: the output)")
    parser.add_argument("--endpoint", help="URL of the region's API (default: that of the region in the directory)")
    directory_argument(parser)


def receipt_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="check a receipt with the regions' cards and nothing else")
    verify.add_argument("file", type=Path, help="the receipt")
    verify.add_argument(
        "--cards", type=Path, metavar="DIR", help="files with cards (default: those that the regions here believe)"
    )
    directory_argument(verify)
