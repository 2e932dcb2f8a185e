"""The command `keytide`: what may be said on its command line.

Owns the arguments and the one place where a fault becomes a line for a person. The work is in the modules that the
table of commands names; they are imported only when they run, so that each process loads what it needs.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from services.cli.accounts.arguments import account_arguments
from services.cli.accounts.scp_arguments import scp_arguments
from services.cli.accounts.service_arguments import service_arguments
from services.cli.arguments import directory_argument, json_argument, region_argument
from services.cli.audit.arguments import audit_arguments
from services.cli.backup.arguments import backup_arguments, restore_arguments
from services.cli.drill.arguments import drill_arguments
from services.cli.faults import fault_line
from services.cli.kafka.arguments import kafka_arguments
from services.cli.keys.arguments import key_arguments
from services.cli.keys.erasure_arguments import erasure_arguments
from services.cli.keys.root_arguments import root_arguments
from services.cli.node.arguments import node_arguments
from services.cli.promotion.arguments import overtaken_arguments, promote_arguments
from services.cli.proofs.receipt_arguments import barrier_arguments, receipt_arguments, status_arguments
from services.cli.proofs.witness_arguments import checkpoint_arguments, vouch_arguments, witness_arguments
from services.cli.rebuild.arguments import rebuild_arguments
from services.cli.usage.arguments import cost_arguments, usage_arguments
from services.cli.usage.scream_arguments import scream_arguments
from services.cli.why.arguments import explain_arguments, policy_arguments, simulate_arguments
from services.processes.collector import loading
from shared.identifiers import REGION_PATTERN

DEFAULT_PORT = 8100
PATIENCE = 60
DEFAULT_REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
HIGHEST_BASE_PORT = 65_000


class Command(NamedTuple):
    """One row of the table. `entry` is `module:function`; it takes the arguments and returns the exit status."""

    entry: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 a fault, 2 wrong arguments, 130 interrupted, 141 unread."""
    given = _parser().parse_args(arguments)
    try:
        return int(_entry(COMMANDS[given.command].entry)(given) or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
        return 141
    except Exception as fault:
        line = fault_line(fault)
        if line is None:
            raise
        print(f"keytide: {line}", file=sys.stderr)
        return 1


def product_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # which every process would load

    try:
        return version("keytide")
    except PackageNotFoundError:
        return "(not installed)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keytide", description="A multi-region key management service.")
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, row in COMMANDS.items():
        row.add_arguments(commands.add_parser(name, help=row.help, description=row.help))
    return parser


class _ShowVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_others: object) -> None:
        print(f"keytide {product_version()}")
        parser.exit()


def _entry(path: str) -> Callable[[argparse.Namespace], int | None]:
    module, _, function = path.partition(":")
    with loading():
        entry: Callable[[argparse.Namespace], int | None] = getattr(importlib.import_module(module), function)
    return entry


def _up_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--regions", type=_regions, metavar="A,B,C", help=f"the first is home (default: {','.join(DEFAULT_REGIONS)})"
    )
    directory_argument(parser)
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="of the front door; the regions take those that follow (8100)"
    )
    parser.add_argument("--workers", type=_count, help="API processes of each region (default: 1, or as it was)")
    parser.add_argument(
        "--patience",
        type=_count,
        default=PATIENCE,
        metavar="SECONDS",
        help=f"for a region that gets no further, before the others are proven without it (default: {PATIENCE})",
    )
    parser.add_argument("--nodes", type=_count, help="nodes of each region (default: 1, or as it was)")
    parser.add_argument(
        "--tracing", type=_receiver, metavar="URL", help="of an OTLP/HTTP receiver that takes traces, for this run"
    )
    parser.add_argument("--kafka", action="store_true", help="a Kafka broker for each region, not the embedded log")


def _chosen_regions(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    region_argument(parser)


def _cards_arguments(parser: argparse.ArgumentParser) -> None:
    _chosen_regions(parser)
    parser.add_argument("--file", type=Path, help="of the card in this file, and of nothing else")


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    _chosen_regions(parser)
    json_argument(parser)
    parser.add_argument(
        "--checkpoints",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what witnesses have seen (keytide checkpoints export), to be held against the logs; may be repeated",
    )


def _node_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--region", required=True)
    directory_argument(parser, None)
    _life_line_argument(parser)


def _replicator_arguments(parser: argparse.ArgumentParser) -> None:
    _node_arguments(parser)
    parser.add_argument("--start", default="", help="names this start of the node")


def _worker_arguments(parser: argparse.ArgumentParser) -> None:
    _replicator_arguments(parser)
    parser.add_argument("--number", type=_count, required=True)
    parser.add_argument("--fd-tcp", type=int, required=True)
    parser.add_argument("--fd-door", type=int, required=True)


def _door_arguments(parser: argparse.ArgumentParser) -> None:
    directory_argument(parser)
    parser.add_argument("--fd-tcp", type=int, help="an inherited listening socket (default: bind the address)")
    _life_line_argument(parser)


def _life_line_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--life-line", type=int, metavar="FD", help="an inherited pipe; its end ends this process")


def _regions(text: str) -> tuple[str, ...]:
    regions = tuple(part.strip() for part in text.split(","))
    for region in regions:
        if REGION_PATTERN.fullmatch(region) is None:
            raise argparse.ArgumentTypeError(f"{region!r} is no region name; one looks like us-east-1")
    if len(set(regions)) != len(regions):
        raise argparse.ArgumentTypeError("a region is named twice")
    return regions


def _port(text: str) -> int:
    port = _count(text)
    if port > HIGHEST_BASE_PORT:
        raise argparse.ArgumentTypeError(
            f"must be at most {HIGHEST_BASE_PORT}, since the ports that follow are used too"
        )
    return port


def _receiver(url: str) -> str:
    from services.strict_settings import SettingsError
    from services.tracing.settings import require_endpoint

    try:
        return require_endpoint(url, "URL")
    except SettingsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


COMMANDS: Mapping[str, Command] = {
    "up": Command("services.cli.up.up:main", "start regions and front door on this machine", _up_arguments),
    "verify": Command("services.cli.proofs.verify:main", "check logs and state against each other", _verify_arguments),
    "cards": Command("services.cli.proofs.cards:main", "show the fingerprints of the regions' cards", _cards_arguments),
    "explain": Command("services.cli.why.explain:main", "why a request was allowed or refused", explain_arguments),
    "simulate": Command(
        "services.cli.why.simulate:main",
        "whether a principal may do something, now or earlier",
        simulate_arguments,
    ),
    "audit": Command(
        "services.cli.actions:main", "the audit trail: list, follow, export, verify, digests, prove", audit_arguments
    ),
    "policy": Command("services.cli.why.policy:main", "look at policies: lint, replay", policy_arguments),
    "account": Command(
        "services.cli.actions:main", "accounts: list, create, stand-by, home, lost access keys", account_arguments
    ),
    "scp": Command("services.cli.actions:main", "service control policies of an account", scp_arguments),
    "service": Command("services.cli.actions:main", "access keys of services of your own", service_arguments),
    "key": Command("services.cli.actions:main", "keys: create, convert, may one be deleted", key_arguments),
    "scream": Command("services.cli.actions:main", "brown a key out before it is deleted", scream_arguments),
    "usage": Command("services.cli.usage.usage:main", "who used which key; what nobody uses", usage_arguments),
    "cost": Command("services.cli.usage.cost:main", "what a month of keys and requests costs", cost_arguments),
    "promote": Command(
        "services.cli.promotion.promotion:main", "make a region's replicas primaries by force", promote_arguments
    ),
    "overtaken": Command("services.cli.actions:main", "what promotions have overtaken", overtaken_arguments),
    "erasure": Command("services.cli.actions:main", "what was destroyed: erased or not yet", erasure_arguments),
    "backup": Command("services.cli.actions:main", "archives of regions: make, list, expire", backup_arguments),
    "restore": Command("services.cli.backup.restore:main", "an archive becomes a region again", restore_arguments),
    "rebuild": Command("services.cli.actions:main", "a lost region anew from its peers", rebuild_arguments),
    "kafka": Command("services.cli.actions:main", "what a Kafka cluster needs: acls, topics", kafka_arguments),
    "root": Command("services.cli.actions:main", "the roots of key files: rotate", root_arguments),
    "drill": Command("services.cli.actions:main", "break regions on purpose, and report", drill_arguments),
    "status": Command("services.cli.proofs.status:main", "how far the regions are with each other", status_arguments),
    "barrier": Command(
        "services.cli.proofs.barrier:main", "wait until regions have adopted a change", barrier_arguments
    ),
    "receipt": Command("services.cli.proofs.receipt:main", "check the receipt of a barrier", receipt_arguments),
    "vouch": Command("services.cli.proofs.vouch:main", "serve a region whose log no peer can confirm", vouch_arguments),
    "witness": Command("services.cli.actions:main", "what regions have seen of others: forget", witness_arguments),
    "checkpoints": Command(
        "services.cli.actions:main", "what regions have seen of each other's logs", checkpoint_arguments
    ),
    "node": Command("services.cli.node.node:main", "the nodes of a region: token, join, list, remove", node_arguments),
    "worker": Command("services.cli.inner_processes:worker", "answer the API (started by node)", _worker_arguments),
    "replicator": Command(
        "services.cli.inner_processes:replicator", "write and read the logs (started by node)", _replicator_arguments
    ),
    "auditor": Command(
        "services.cli.inner_processes:auditor", "carry audit entries (started by node)", _replicator_arguments
    ),
    "door": Command("services.cli.inner_processes:door", "the front door (started by up)", _door_arguments),
}
