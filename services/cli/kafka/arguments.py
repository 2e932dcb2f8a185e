"""The arguments of `keytide kafka`: one table, apart from the work."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.operator_arguments import region

EPILOG = "They are Kafka's own commands, for the administrator of the clusters. None is run, and no cluster is asked."


def kafka_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, EPILOG)


def _region(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, required=True, help="whose nodes are to be let in")
    parser.add_argument("--command-config", metavar="FILE", help="how the administrator is let in, for each command")


def _acls(parser: ArgumentParser) -> None:
    _region(parser)
    parser.add_argument(
        "--principal",
        metavar="User:NAME",
        help="as whom the clusters know the nodes (default: what the settings say of each cluster)",
    )


ACTIONS: Mapping[str, Action] = {
    "acls": Action(
        "services.cli.kafka.kafka:acls", "the commands that let the region's nodes in, and no further", _acls
    ),
    "topics": Action("services.cli.kafka.kafka:topics", "the commands that make the region's topics", _region),
}
