"""An access key for the administrator, the first or another, asked for through the node's own socket."""

import asyncio

from replication.frames import Dialogue
from services.plain_fault import PlainFault
from services.region_node.administration import Administrator
from services.region_node.replicator_questions import CREATE_ADMINISTRATOR
from services.region_node.settings import NodeSettings
from shared.secrets import Secret

CREATION_SECONDS = 60.0


class NoAdministrator(PlainFault):
    """The administrator was not made."""


async def create_administrator(settings: NodeSettings) -> Administrator:
    """As `Administration.create_administrator`, in the node's replicator. Errors: NoAdministrator."""
    dialogue = Dialogue(lambda: asyncio.open_unix_connection(settings.replicator_socket))
    try:
        answer = await dialogue.ask((CREATE_ADMINISTRATOR, None), CREATION_SECONDS)
    except OSError as error:  # a TimeoutError is one
        raise _refused(settings, str(error) or "its replicator does not answer in time") from error
    finally:
        await dialogue.close()
    match answer:
        case ("created", str() as account, str() as access_key_id, bytes() as secret, former):
            return Administrator(account, access_key_id, Secret(secret), tuple(former))
        case ("error", str() as text):
            raise _refused(settings, text)
    raise _refused(settings, "its replicator answers what is no answer")


def _refused(settings: NodeSettings, reason: str) -> NoAdministrator:
    return NoAdministrator(
        f"region {settings.region} has made no administrator: {reason}; see {settings.logs_directory}, and start again"
    )
