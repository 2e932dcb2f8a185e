"""The round that puts the peers' cosignatures into the audit log, once for each digest that they have signed."""

from collections.abc import Mapping

from services.audit.proof.digest_round import Append
from services.audit.proof.inbox import CosignatureInbox
from services.audit.trail.trail import Trail
from shared.audit.cosignature import NotACosignature, Seen, decode_cosignature
from shared.audit.digest import Verify


class CosignatureRound:
    """Of one node."""

    name = "cosignatures"

    def __init__(self, trail: Trail, inbox: CosignatureInbox, append: Append, verify: Verify) -> None:
        self._trail, self._inbox, self._append, self._verify = trail, inbox, append, verify
        self._said: dict[str, tuple[int, bytes]] = {}

    def figures(self) -> Mapping[str, float]:
        """For /metrics."""
        return {"cosigned_digest": min((number for number, _ in self._said.values()), default=0)}

    async def run(self) -> None:
        """Errors: TrailUnavailable, LogError, OSError."""
        for encoded in self._inbox.all():
            try:
                seen = decode_cosignature(encoded, self._verify)
            except NotACosignature:
                continue
            if self._is_new(seen):
                await self._append(encoded)
            self._said[seen.witness] = (seen.number, seen.hash)

    def _is_new(self, seen: Seen) -> bool:
        if self._said.get(seen.witness) == (seen.number, seen.hash):
            return False
        known = {self._place(encoded) for encoded in self._trail.cosignatures(seen.number)}
        return (seen.witness, seen.hash) not in known

    def _place(self, encoded: bytes) -> tuple[str, bytes] | None:
        try:
            seen = decode_cosignature(encoded, self._verify)
        except NotACosignature:
            return None
        return seen.witness, seen.hash
