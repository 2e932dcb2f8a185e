"""The administrator of a region's own account, for `keytide up`: the first access key, or another."""

from services.plain_fault import PlainFault
from services.region_node.operator.questions import NewAccessKey, Verb, ask_for_access_key
from services.region_node.settings.settings import NodeSettings


class NoAdministrator(PlainFault):
    """The administrator was not made."""


async def create_administrator(settings: NodeSettings, stand_by_region: str | None) -> NewAccessKey:
    """As `Operator.create_administrator`, in the node's replicator. Errors: NoAdministrator."""
    try:
        return await ask_for_access_key(settings, Verb.CREATE_ADMINISTRATOR, stand_by_region=stand_by_region)
    except PlainFault as fault:
        raise NoAdministrator(
            f"region {settings.region} has made no administrator: {fault}; see {settings.logs_directory}, "
            "and start again"
        ) from fault
