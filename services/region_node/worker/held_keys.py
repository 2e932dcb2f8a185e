"""The keys in a worker's memory: those that are kept on disk, and no others.

Owns the look at the cabinet. The replicator makes keys and destroys them; a worker finds a new one when it needs it,
and drops what was destroyed, with all that it has opened, some seconds after.
"""

import asyncio
import logging
from typing import Protocol

from services.region_node.keys.cabinet import numbers_in
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.root import KeysUnavailable

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


class Forgetful(Protocol):
    """The part of the vault that is needed here."""

    def forget(self) -> None: ...


async def keep_to_cabinet(keys: RegionKeys, vault: Forgetful) -> None:
    """Look for ever."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            look(keys, vault)
        except KeysUnavailable as failure:
            log.error("the key files cannot be read", extra={"reason": str(failure)})


def look(keys: RegionKeys, vault: Forgetful) -> None:
    """Hold what the cabinet keeps. Errors: KeysUnavailable."""
    names = keys.cabinet.names()
    places = frozenset((bucket, epoch) for bucket, epoch in numbers_in("domain", names))
    for place in places:
        keys.domain_keys.holds(*place)
    keys.sealing_keys.keep_only(frozenset(number for (number,) in numbers_in("sealing", names)))
    if keys.domain_keys.keep_only(places):
        vault.forget()
