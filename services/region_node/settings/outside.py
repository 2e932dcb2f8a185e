"""What a node's settings name outside of it: machines that keep keys, and those whose word on users is believed.

Owns that the files of their entries are found in the node's directory.
"""

from services.region_node.key_stores.settings import OutsideMachines
from services.region_node.settings.settings import NodeSettings
from services.region_node.sts.settings import IdentityProviderSettings


def outside_machines(settings: NodeSettings) -> OutsideMachines:
    """The machines outside that may keep keys, with the files of their entries found."""
    return OutsideMachines(
        tuple(entry.placed(settings.directory) for entry in settings.external_key_stores),
        tuple(entry.placed(settings.directory) for entry in settings.hsm_clusters),
    )


def listed_providers(settings: NodeSettings) -> tuple[IdentityProviderSettings, ...]:
    """The identity providers that may be believed, with the files of their entries found."""
    return tuple(entry.placed(settings.directory) for entry in settings.identity_providers)
