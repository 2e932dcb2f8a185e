"""`keytide root …`: another root for the key files of regions that do not run.

Owns that they do not, and what a person is told.
"""

import os
from argparse import Namespace

from services.cli.faults import CannotStart
from services.cli.region_state import nodes_in
from services.processes.directory_lock import lock_directory
from services.region_node.keys.root import rests_on_passphrase
from services.region_node.keys.root_rotation import RootRotation

PATIENCE_SECONDS = 2.0


def rotate(arguments: Namespace) -> int:
    """Errors: DirectoryInUse for a region that runs; KeysUnavailable; CannotStart where the root is a passphrase."""
    if rests_on_passphrase(os.environ):
        raise CannotStart("the root is a passphrase: this exchanges root files, and a passphrase stays what it is")
    for settings in nodes_in(arguments.directory, arguments.region):
        held = lock_directory(settings.directory, PATIENCE_SECONDS)
        try:
            RootRotation(settings.keys_directory, settings.region, settings.root_file).run()
        finally:
            os.close(held)
        print(
            f"{settings.region} has a new root in {settings.root_file}. Copy it to where the former copy is, destroy "
            "that one, and copy keys/ anew."
        )
    return 0
