"""The witness of a node, and what it needs of its peers as its own witnesses.

Owns putting these together in the replicator.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from replication.fold.judge import Verdict
from replication.fold.materializer import Identity, Materializer
from replication.sharing.publisher import Signing
from replication.state.lmdb_store import LmdbStore
from services.audit.proof.inbox import CosignatureInbox, inbox_directory
from services.audit.proof.seen_digests import SeenDigests, seen_directory
from services.audit.proof.voice import DigestVoice
from services.clock import now_milliseconds
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.replicator.node_logs import NodeLogs, onlooking_logs
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.settings.settings import NodeSettings
from services.region_node.witness.asking import LATER_SECONDS, RETRY_SECONDS, Asking, WitnessSource
from services.region_node.witness.beside_pulses import BesidePulses
from services.region_node.witness.said_together import SaidTogether
from services.region_node.witness.seen_of_peers import SeenOfPeers
from services.region_node.witness.witnessed_start import WitnessedStart
from shared.crypto.region_card import RegionCard
from shared.crypto.region_identity import verify_signature


class Peers(Protocol):
    """Who can be asked."""

    def witnesses(self) -> Mapping[str, WitnessSource]: ...

    def known_cards(self) -> Mapping[str, RegionCard]: ...


class NodeWitness:
    """Of one node. `peers` is asked once everything is put together."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        start: str,
        store: LmdbStore,
        materializer: Materializer,
        status: ReplicatorStatus,
        peers: Callable[[], Peers],
    ) -> None:
        self._settings, self._keys, self._status, self._peers = settings, keys, status, peers
        signing = Signing(settings.region, keys.identity.sign)
        place = (signing, settings.witness_directory, settings.partitions, self._verify)
        self.seen = SeenOfPeers(*place, partial(status.mirror_alarm, 0), status.trouble, now_milliseconds)
        checkpoints = BesidePulses(signing, settings.node, self.seen, self._told_to, now_milliseconds)
        self.beside = SaidTogether(checkpoints, self._digests())
        identity = Identity(settings.region, settings.partitions, keys.record_key)
        rule = settings.witness.rule
        self.start = WitnessedStart(
            start,
            store,
            materializer,
            identity,
            rule,
            lambda: len(peers().witnesses()),
            len(settings.peers),
            now_milliseconds,
        )
        status.witness = self.start.told
        status.evidence = lambda: {**self._seen_digests.forks, **self.seen.evidence()}

    def _digests(self) -> DigestVoice:
        """The audit digests, cosigned in the same way."""
        settings, status = self._settings, self._status
        self._seen_digests = SeenDigests(
            settings.region, seen_directory(settings.trail_directory), self._keys.identity.sign, self._verify,
            lambda _, what: status.mirror_alarm(0, Verdict.FORK, what), now_milliseconds,
        )  # fmt: skip
        self.seen.forgotten = self._seen_digests.forget
        inbox = CosignatureInbox(inbox_directory(settings.trail_directory))
        peers = [peer.region for peer in settings.peers]
        return DigestVoice(
            settings.region, settings.trail_directory, self._seen_digests, inbox, self._verify, lambda: peers,
            status.trouble, now_milliseconds,
        )  # fmt: skip

    def open(self, group: asyncio.TaskGroup) -> None:
        """Ask the peers, and decide, for as long as `group` runs. Errors: StoreFailed."""
        self.start.look()
        group.create_task(self._keep_asking(group))

    async def _keep_asking(self, group: asyncio.TaskGroup) -> None:
        """For ever: a node that joins knows its peers only once it has read its region's log. Errors: StoreFailed.

        Until the region is served whole, the time decides, too.
        """
        asking = Asking(self._settings.region, self._verify, self.start.answered, self._status.trouble)
        asked = set[str]()
        while True:
            for witness, source in self._peers().witnesses().items():
                if witness not in asked:
                    group.create_task(asking.ask(witness, source, self._pause))
                    asked.add(witness)
            if not self.start.ruling.is_whole:
                self.start.look()
            await asyncio.sleep(self._pause())

    async def settle(self, logs: NodeLogs) -> None:
        """For ever: what only the logs can tell, which have been caught up with. Errors: LogError, StoreFailed."""
        async with onlooking_logs(self._settings, logs) as own:
            await self.start.keep_settling(own.local)

    def _pause(self) -> float:
        return LATER_SECONDS if self.start.ruling.is_whole else RETRY_SECONDS

    def _told_to(self) -> Sequence[str]:
        return () if self._settings.log == "embedded" else tuple(self._peers().witnesses())

    def _verify(self, region: str, message: bytes, signature: bytes) -> bool:
        if region == self._settings.region:
            return verify_signature(self._keys.identity.public_bytes, message, signature)
        card = self._peers().known_cards().get(region)
        return card is not None and verify_signature(card.identity, message, signature)
