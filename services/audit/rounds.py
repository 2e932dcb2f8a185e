"""What the auditor does again and again beside carrying entries: its rounds.

Owns the list of them, and their running. A round is one short step, called about once a second; a fault of one is
logged once for as long as it lasts, counted, and keeps no other from running.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, NoReturn, Protocol, runtime_checkable

from replication.state.lmdb_store import LmdbStore
from services.audit.proof.rounds import proof_rounds
from services.audit.trail.trail import Trail
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import NodeSettings
from services.usage.rounds import usage_rounds

ROUND_SECONDS = 1.0

log = logging.getLogger(__name__)


class Round(Protocol):
    """Something that is done again and again."""

    @property
    def name(self) -> str: ...

    async def run(self) -> None:
        """One step. Whatever it raises is a fault of this round alone."""


@runtime_checkable
class Telling(Protocol):
    """A round that has figures."""

    def figures(self) -> Mapping[str, float]:
        """By name, as gauges of /metrics: `keytide_audit_<name>`."""


class RoundParts(NamedTuple):
    """What rounds are made of. `append`: authenticated and durably into the audit log, or a LogError; `now` gives
    milliseconds since 1970."""

    settings: NodeSettings
    keys: RegionKeys
    store: LmdbStore
    trail: Trail
    append: Callable[[bytes], Awaitable[None]]
    now: Callable[[], int]


def rounds_of(parts: RoundParts) -> tuple[Round, ...]:
    """All rounds of a node's auditor."""
    usage = usage_rounds(parts.settings, parts.store, parts.trail, parts.now)
    return (*proof_rounds(*parts), *_delivery(parts), *usage)


def _delivery(parts: RoundParts) -> tuple[Round, ...]:
    settings = parts.settings
    if settings.audit.delivery is None:
        return ()
    from services.audit.delivery.rounds import delivery_round  # boto3 takes 30 MB, which most nodes do without

    return (delivery_round(settings.audit.delivery, settings, parts.keys, parts.trail, parts.append, parts.now),)


async def keep_running(each: Round, faults: Counter[str], seconds: float = ROUND_SECONDS) -> NoReturn:
    """Run the round for ever. `faults` counts by its name."""
    said = ""
    while True:
        try:
            await each.run()
            said = ""
        except Exception as error:
            faults[each.name] += 1
            if said != str(error):
                log.exception("a round of the auditor failed", extra={"round": each.name})
            said = str(error)
        await asyncio.sleep(seconds)
