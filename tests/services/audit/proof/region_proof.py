"""A region's trail with its rounds of the proof, on real files and without a network: what is appended comes back."""

from functools import partial
from pathlib import Path

from replication.records.record import authenticate
from services.audit.delivery.digest_keys import take_digest_key
from services.audit.proof.books_taker import BooksTaker
from services.audit.proof.cosignature_round import CosignatureRound
from services.audit.proof.digest_round import DigestRound
from services.audit.proof.inbox import CosignatureInbox, inbox_directory
from services.audit.trail.books import TrailBooks
from services.audit.trail.newest import SegmentSizes
from services.audit.trail.trail import Trail
from services.audit.trail.writer import Taker, TrailWriter
from shared.audit.digest import Digest, decode_digest
from shared.crypto.region_identity import RegionIdentity
from tests.services.audit.making import KEY, Chaining, batch, entry
from tests.shared.audit.proven_trail import IDENTITIES, REGION, verify

HOUR = 3_600_000
START = 1_700_000_000_000 // HOUR * HOUR


class RegionProof:
    """`now` is what the clock says. `records`: of the audit log, in its order."""

    def __init__(
        self,
        directory: Path,
        region: str = REGION,
        records: list[bytes] | None = None,
        identity: RegionIdentity | None = None,
    ) -> None:
        self.region, self.directory = region, directory / "trail"
        self.now = START + HOUR + 1
        self.records = [] if records is None else records
        self._taken = 0
        self.identity = identity or IDENTITIES[region]
        self.writer = TrailWriter(self.directory, KEY, lambda: self.now, self._take_books, SegmentSizes(4, 10))
        self.trail = Trail(self.directory)
        self.inbox = CosignatureInbox(inbox_directory(self.directory))
        self.digest_round = DigestRound(
            region, self.trail, directory / "mark", self.identity.sign, self.append, lambda: self.now, 60
        )
        self.cosignature_round = CosignatureRound(self.trail, self.inbox, self.append, verify)
        self.chain = Chaining(f"{region}/worker-1/00000000000000aa")

    def _take_books(self, books: TrailBooks) -> list[Taker]:
        taker = BooksTaker(self.region, self.identity.public_bytes, books)
        return [taker.take, partial(take_digest_key, books)]

    async def append(self, signed: bytes) -> None:
        self.records.append(authenticate(signed, KEY))

    def take_up(self) -> None:
        """What the log has and the trail has not."""
        news = self.records[self._taken :]
        self.writer.ingest(batch(news, self._taken))
        self._taken = len(self.records)

    def happen(self, *times: int) -> None:
        """Entries of one frame, into the trail."""
        frame = self.chain.frame(*(entry(time, time=time) for time in times))
        self.records.extend(one.record for one in batch([frame]))
        self.take_up()

    async def pass_hour(self) -> None:
        """The round makes a digest, and the trail gets it."""
        await self.digest_round.run()
        self.take_up()
        self.now += HOUR
        await self.digest_round.run()
        self.take_up()

    def digests(self) -> list[Digest]:
        return [decode_digest(signed) for _, signed in self.trail.digests(0)]

    def close(self) -> None:
        self.trail.close()
        self.writer.close()
