"""The arguments of `keytide node run`."""

from argparse import ArgumentParser
from pathlib import Path


def run_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("run", "a node that makes what it lacks, then serves; as a container starts it")
    group.add_argument(
        "--settings", type=Path, metavar="FILE", help="taken for the directory's node.json at each start"
    )
    group.add_argument("--door-socket", type=Path, metavar="FILE", help="where the front door is let in")
    group.add_argument("--show-card", type=Path, metavar="DIRECTORY", help="where the region's card is shown to others")
    group.add_argument(
        "--cards", type=Path, metavar="DIRECTORY", help="where the peers show theirs, each in a directory of its name"
    )
    group.add_argument(
        "--administrator", metavar="URL", help="make an account at the first start, for clients of this endpoint"
    )
    group.add_argument("--invitations", type=Path, metavar="DIRECTORY", help="where tokens lie by which nodes join")
    group.add_argument("--invite", metavar="NAME", help="have a token lie there until this node has joined")
    group.add_argument(
        "--join",
        action="store_true",
        help="join by the token for --name, where the settings have no joined and channel",
    )
