"""Arguments that several commands have."""

import argparse
import os
from pathlib import Path

DEFAULT_DIRECTORY = Path(os.environ.get("KEYTIDE_DIRECTORY", ".keytide"))


def directory_argument(parser: argparse.ArgumentParser, default: Path | None = DEFAULT_DIRECTORY) -> None:
    """`default` None: it has to be given."""
    shown = "" if default is None else f" (default: {default})"
    parser.add_argument(
        "--directory", type=Path, default=default, required=default is None, help=f"where all is kept{shown}"
    )


def region_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--region", help="only this one (default: all)")


def json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")


def pair(text: str) -> tuple[str, str]:
    """`NAME=VALUE`. Errors: argparse.ArgumentTypeError."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, not {text!r}")
    return name, value
