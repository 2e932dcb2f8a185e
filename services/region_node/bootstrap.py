"""The first administrator of a new installation, asked for through the node's own socket."""

import asyncio

from replication.frames import Dialogue
from services.region_node.replicator_questions import CREATE_ADMINISTRATOR
from services.region_node.settings import NodeSettings
from shared.secrets import Secret

CREATION_SECONDS = 60.0


async def create_administrator(settings: NodeSettings) -> tuple[str, str, Secret]:
    """Create an account whose home is the node's region: (account, access key id, secret). Errors: OSError."""
    dialogue = Dialogue(lambda: asyncio.open_unix_connection(settings.replicator_socket))
    try:
        account, access_key_id, secret = await dialogue.ask((CREATE_ADMINISTRATOR, None), CREATION_SECONDS)
        return account, access_key_id, Secret(secret)
    finally:
        await dialogue.close()
