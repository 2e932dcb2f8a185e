"""`keytide kafka …`: what the administrator of a Kafka cluster does for a region, as commands to run.

Owns the sight of them.
"""

from argparse import Namespace
from collections.abc import Sequence

from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.cli.printing import print_lines
from services.region_node.kafka.commands import access_list_commands, topic_commands


def acls(arguments: Namespace) -> int:
    """Errors: CannotStart, SettingsError."""
    node = OperatedRegions(arguments.directory).node(arguments.region)
    return _print(access_list_commands(node, arguments.principal, arguments.command_config), arguments.region)


def topics(arguments: Namespace) -> int:
    """Errors: CannotStart, SettingsError."""
    node = OperatedRegions(arguments.directory).node(arguments.region)
    return _print(topic_commands(node, arguments.command_config), arguments.region)


def _print(commands: Sequence[str], region: str) -> int:
    if not commands:
        raise CannotStart(f"the settings of {region} name no Kafka cluster: see log and peers in its node.json")
    print_lines(commands)
    return 0
