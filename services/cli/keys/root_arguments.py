"""The arguments of `keytide root`: one table, apart from the work."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.arguments import region_argument

EPILOG = "Whoever may read the region's root file may do this."


def root_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, EPILOG)


ACTIONS: Mapping[str, Action] = {
    "rotate": Action(
        "services.cli.keys.root:rotate",
        "seal the key files under a new root, and destroy the former",
        region_argument,
        "The regions have to be stopped. What was broken off is gone on with. Copies of the former root are yours to "
        "destroy, and copies of keys/ to make anew.",
    ),
}
