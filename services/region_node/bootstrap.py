"""An access key for the administrator, the first or another, asked for through the node's own socket."""

import asyncio

from replication.frames import Dialogue
from services.region_node.administration import Administrator
from services.region_node.replicator_questions import CREATE_ADMINISTRATOR
from services.region_node.settings import NodeSettings
from shared.secrets import Secret

CREATION_SECONDS = 60.0


async def create_administrator(settings: NodeSettings) -> Administrator:
    """As `Administration.create_administrator`, in the node's replicator. Errors: OSError."""
    dialogue = Dialogue(lambda: asyncio.open_unix_connection(settings.replicator_socket))
    try:
        account, access_key_id, secret, former = await dialogue.ask((CREATE_ADMINISTRATOR, None), CREATION_SECONDS)
        return Administrator(account, access_key_id, Secret(secret), tuple(former))
    finally:
        await dialogue.close()
