"""A small audit trail with digests and cosignatures, as tests of the proof take it, and change it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.audit.cosignature import Seen, encode_cosignature
from shared.audit.digest import Gathered, Last, decode_digest, last_of, next_digest
from shared.audit.entry import AuditEntry, encode_entry
from shared.audit.findings import Finding, Report
from shared.audit.frame import ChainHead, Frame, encode_frame, frame_of, head_of
from shared.audit.proof import proof_of
from shared.audit.verification import DroppedChain, Verification
from shared.crypto.region_identity import RegionIdentity, verify_signature
from shared.secrets import Secret

REGION, WITNESS = "us-east-1", "eu-west-1"
WORKER, DERIVED = "node-1/worker-1/0011223344556677", "log/3/8899aabbccddeeff"
HOUR = 3_600_000
IDENTITIES = {REGION: RegionIdentity(Secret(bytes([1]) * 32)), WITNESS: RegionIdentity(Secret(bytes([2]) * 32))}


def verify(region: str, message: bytes, signature: bytes) -> bool:
    return region in IDENTITIES and verify_signature(IDENTITIES[region].public_bytes, message, signature)


def entry_of(time: int, operation: str = "Encrypt") -> AuditEntry:
    return AuditEntry(
        1, time, "kms", operation, None, "r", "127.0.0.1", "a", False, None, None, None, (), None, False, True
    )  # fmt: skip


@dataclass
class ProvenTrail:
    """Frames in the order of their arrival, digests in that of their numbers. A test changes what it likes."""

    frames: list[bytes] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    cosignatures: list[bytes] = field(default_factory=list)
    dropped: list[DroppedChain] = field(default_factory=list)
    after_holes: set[tuple[str, int]] = field(default_factory=set)
    _heads: dict[str, ChainHead] = field(default_factory=dict)
    _known: dict[str, ChainHead] = field(default_factory=dict)
    _times: list[tuple[Frame, list[int]]] = field(default_factory=list)
    _last: Last = field(default_factory=Last)

    def add(self, chain: str, *times: int) -> Frame:
        frame = frame_of(chain, self._heads.get(chain, ChainHead()), [encode_entry(entry_of(time)) for time in times])
        self._heads[chain] = head_of(frame)
        self._times.append((frame, list(times)))
        self.frames.append(encode_frame(frame))
        return frame

    def digest(self, *, by: str = REGION) -> bytes:
        gathered = Gathered(self._known)
        for frame, times in self._times:
            gathered.take(frame, times)
        start = self._last.end
        made = next_digest(REGION, self._last, gathered, start, start + HOUR, IDENTITIES[by].sign)
        self._known.update(gathered.heads)
        self._times.clear()
        self._last = last_of(decode_digest(made))
        self.digests.append(made)
        return made

    def cosign(self, number: int | None = None) -> None:
        digest = decode_digest(self.digests[-1 if number is None else number - 1])
        seen = Seen(WITNESS, REGION, digest.header.number, digest.hash, digest.header.end + 5)
        self.cosignatures.append(encode_cosignature(seen, IDENTITIES[WITNESS].sign))

    def check(self, numbered: Sequence[tuple[int, bytes]] | None = None) -> Report:
        found: list[Finding] = []
        digests = list(enumerate(self.digests, 1)) if numbered is None else numbered
        proof = proof_of(REGION, digests, self.cosignatures, verify, found.append)
        verification = Verification(REGION, proof, found, frozenset(self.after_holes))
        for chain in self.dropped:
            verification.drop(chain)
        for ordinal, frame in enumerate(self.frames, 1):
            verification.take(frame, f"frame {ordinal}")
        return verification.finish()


def small_trail() -> ProvenTrail:
    """Two chains, two digests, both cosigned, and an entry since."""
    trail = ProvenTrail()
    trail.add(WORKER, 10, 11)
    trail.add(DERIVED, 12)
    trail.add(WORKER, 13)
    trail.digest()
    trail.cosign()
    trail.add(WORKER, HOUR + 1, HOUR + 2, HOUR + 3)
    trail.add(WORKER, HOUR + 4)
    trail.add(DERIVED, HOUR + 5)
    trail.digest()
    trail.cosign()
    trail.add(WORKER, 2 * HOUR + 1)
    return trail
