"""What a node does once at its region's first start, when nobody is there to run commands.

Owns two errands, each of which may be begun again after a failure: an account whose access key lies in the node's
directory, and a token by which a further node joins.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from services.cli.credentials import Credentials, read_credentials, write_credentials
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.cli.up.readiness import until_ready
from services.durable_file import replace_file
from services.region_node.operator.bootstrap import create_administrator
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings

TOKEN_SECONDS = 3600
LOOKING_SECONDS = 2.0

Errand: TypeAlias = Callable[[], Awaitable[None]]
"""Errors: PlainFault, OSError; either way it may be begun again."""

log = logging.getLogger(__name__)


class FirstAdministrator:
    """An account whose home is this region, and its access key in `credentials.env`, unless that is there.

    The stand-by is the first of the peers. `endpoint` is where the account's people find the service. A region that has
    an account already is given no access key that nobody has asked for: its node may have lost the file, or be another.
    """

    def __init__(self, settings: NodeSettings, endpoint: str) -> None:
        self._settings, self._endpoint = settings, endpoint
        self._is_begun = False

    async def __call__(self) -> None:
        settings = self._settings
        if read_credentials(settings.directory) is not None:
            return
        await until_ready(settings.api)
        if not self._is_begun and (own := await asyncio.to_thread(_own_account, settings)):
            log.info("no access key is made; keytide account administrator makes one", extra={"account": own})
            return
        self._is_begun = True  # what comes to nothing now is done again, whatever the region knows of it
        made = await create_administrator(settings, settings.peers[0].region if settings.peers else None)
        credentials = Credentials(made.access_key_id, made.secret)
        path = write_credentials(settings.directory, credentials, self._endpoint, settings.region)
        log.info("an account is made", extra={"account": made.account, "credentials": str(path)})


def _own_account(settings: NodeSettings) -> str | None:
    """The oldest account with an access key whose home is here, or may have been: one that has moved does not say.

    Errors: CannotStart where the state cannot be read.
    """
    regions = OperatedRegions(settings.directory)
    own = (known.account for known in regions.accounts if known.access_keys)
    found = next((one.account for one in own if one.home_region == settings.region or one.home_epoch > 0), None)
    if regions.unfit:
        raise CannotStart(f"the accounts of {settings.region} cannot be read: {regions.unfit[settings.region]}")
    return found


async def invitation(settings: NodeSettings, node: str, file: Path) -> None:
    """A token for `node` in `file`, replaced before it ends, until the region knows a node of that name."""
    await until_ready(settings.api)
    while not await _becomes_known(settings, node, 0):
        token: str = await ask(settings, Verb.NODE_TOKEN, seconds=str(TOKEN_SECONDS))
        replace_file(file, token.encode())
        await _becomes_known(settings, node, TOKEN_SECONDS / 2)
    await asyncio.to_thread(file.unlink, missing_ok=True)


async def _becomes_known(settings: NodeSettings, node: str, seconds: float) -> bool:
    """Whether the region knows a node of that name, within so many seconds."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        if node in {name for name, _, _ in await ask(settings, Verb.NODE_LIST)}:
            return True
        if asyncio.get_running_loop().time() >= end:
            return False
        await asyncio.sleep(LOOKING_SECONDS)
