"""What a node does for archives: it records its region's own, and holds shares of the keys of others'.

Owns both halves. A share that was handed over is kept among the region's key files, sealed under its root, and in no
log: what stands in a log cannot be destroyed. The region's own archives stand in its log alone.
"""

from collections.abc import Awaitable, Callable, Mapping

from replication.reports.backup_report import backup_in
from replication.state.state_store import StateStore
from replication.witness.witness_rule import Why
from replication.writing.draft import UNWITNESSED, settled
from services.backup.faults import ArchiveFault
from services.backup.shares import Share, decode_sealed_share, decode_share, encode_share, open_share
from services.backup.statement import FORMAT_VERSION, Statement, decode_statement, encode_statement
from services.backup.survey import SHARE_PREFIX
from services.clock import now_milliseconds
from services.region_node.changes.recording import Place, Submit
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.operator.questions import Verb
from services.region_node.settings.settings import NodeSettings
from shared.backups.decide import note_share_destroyed
from shared.backups.errors import FalseShare, ShareNotHere, UnknownArchive
from shared.backups.events import BackupEvent, BackupMade
from shared.backups.model import Backup
from shared.crypto.region_card import RegionCard
from shared.crypto.region_identity import verify_signature
from shared.errors import DependencyTimeout, KeytideError
from shared.events import Event
from shared.identifiers import BACKUP_PARTITION
from shared.secrets import Secret
from shared.witness_errors import LogContradicted, NotWitnessed, WitnessOverdue

ENDED_PREFIX = "ended-share."
"""Of the key files that hold the statements of shares that are gone."""


class Backups:
    """Of one node, in its replicator. `cards`: those of the peers, as they are pinned now."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        submit: Submit,
        cards: Callable[[], Mapping[str, RegionCard]],
    ) -> None:
        self._place = Place(settings.region, settings.node, settings.partitions, store, submit, now_milliseconds)
        self._keys, self._cards = keys, cards

    @property
    def answers(self) -> Mapping[str, Callable[..., Awaitable[object]]]:
        """What an operator may ask for."""
        return {
            Verb.RECORD_BACKUP: self.record_made,
            Verb.KEEP_SHARE: self.keep_share,
            Verb.RELEASE_SHARE: self.release_share,
            Verb.DESTROY_SHARE: self.destroy_share,
            Verb.NOTE_SHARE_DESTROYED: self.note_destroyed,
            Verb.VOUCH_SHARE_DESTROYED: self.vouch_destroyed,
        }

    async def record_made(self, archive: str, threshold: str, holders: str, epochs: str, sealing: str) -> None:
        """An archive is about to be made; the lists are of words with a space between. Errors: FalseShare."""
        try:
            made = BackupMade(
                archive, int(threshold), tuple(holders.split()), tuple(map(int, epochs.split())), int(sealing)
            )
        except ValueError:
            raise FalseShare("What an archive is about to hold is not told in numbers") from None
        await self._record(made)

    async def keep_share(self, text: str) -> None:
        """Keep a share that is sealed to this region. Another time changes nothing.

        Errors: FalseShare, also for one that was destroyed here: a copy of it does not bring it back.
        """
        try:
            sealed = decode_sealed_share(text)
            share = open_share(sealed, self._place.region, self._keys.sealing_keys)
        except ArchiveFault as fault:
            raise FalseShare(str(fault)) from None
        if self._ended(share.archive) is not None:
            raise FalseShare(f"The share of archive {share.archive} was destroyed here")
        if _kept(share.archive) not in self._keys.cabinet.names():
            self._keys.cabinet.add(_kept(share.archive), Secret(encode_share(share).encode()))

    async def release_share(self, archive: str) -> str:
        """The share in clear: for whoever restores. Errors: ShareNotHere."""
        return encode_share(self._share(archive))

    async def destroy_share(self, archive: str, region: str) -> str:
        """Destroy the share for good, and say so under this region's signature. `region`: whose archive it is.

        The statement is kept first: a call that was broken off is repeated, and gives the same. A share that never came
        is refused from then on.
        """
        if (ended := self._ended(archive)) is None:
            gone = Statement(FORMAT_VERSION, archive, region, self._place.region, self._place.now())
            ended = encode_statement(gone, self._keys.identity.sign)
            self._keys.cabinet.add(f"{ENDED_PREFIX}{archive}", Secret(ended.encode()))
        self._keys.cabinet.destroy([_kept(archive)])
        return ended

    async def note_destroyed(self, statement: str) -> str:
        """Record a holder's statement; gives the archive. Errors: FalseShare, UnknownArchive, UnknownHolder."""
        try:
            gone = decode_statement(statement, self._verify)
        except ArchiveFault as fault:
            raise FalseShare(str(fault)) from None
        if gone.region != self._place.region:
            raise FalseShare(f"The statement is of an archive of {gone.region}")
        await self._record(*note_share_destroyed(self._backup(gone.archive), gone.holder, statement.encode()))
        return gone.archive

    async def vouch_destroyed(self, archive: str, holder: str) -> None:
        """Record what a person has said, or an operator knows. Errors: UnknownArchive, UnknownHolder."""
        await self._record(*note_share_destroyed(self._backup(archive), holder, b""))

    def _share(self, archive: str) -> Share:
        if _kept(archive) not in self._keys.cabinet.names():
            raise ShareNotHere(f"{self._place.region} holds no share of the key of archive {archive}")
        return decode_share(self._keys.cabinet.open(_kept(archive)).reveal().decode())

    def _ended(self, archive: str) -> str | None:
        """The statement of the share's end, if it has come to that."""
        name = f"{ENDED_PREFIX}{archive}"
        return self._keys.cabinet.open(name).reveal().decode() if name in self._keys.cabinet.names() else None

    def _backup(self, archive: str) -> Backup:
        with self._place.store.read() as snapshot:
            backup = backup_in(snapshot, archive)
        if backup is None:
            raise UnknownArchive(f"{self._place.region} knows of no archive {archive}")
        return backup

    def _verify(self, region: str, message: bytes, signature: bytes) -> bool:
        card = self._cards().get(region)
        return card is not None and verify_signature(card.identity, message, signature)

    async def _record(self, *events: BackupEvent) -> None:
        recorded: list[Event] = [*events]
        if not recorded:
            return
        answer = await self._place.answer(BACKUP_PARTITION, recorded)
        if answer.verdict == UNWITNESSED:
            why = answer.answer.partition(":")[0]
            refusal = _UNWITNESSED.get(why, NotWitnessed)
            raise refusal(f"Nothing was recorded of the archive: {self._place.region} does not write, {answer.answer}.")
        if not settled(answer.verdict):
            raise DependencyTimeout("What becomes of the archive could not be recorded.")


_UNWITNESSED: Mapping[str, type[KeytideError]] = {Why.OVERDUE: WitnessOverdue, Why.CONTRADICTED: LogContradicted}
"""Why a region does not write, where trying again does not help."""


def _kept(archive: str) -> str:
    return f"{SHARE_PREFIX}{archive}"
