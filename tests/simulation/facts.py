"""What was seen of a world from outside while it lived: what was acknowledged, and what came of blobs.

Owns the record that the invariants are checked against; nothing of it comes from the state that is checked.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from replication.state.memory_store import MemoryStore
from replication.writing.draft import Answer
from shared.crypto.ciphertext_blob import MaterialIdentity
from tests.simulation.region import SimulatedRegion


class Acknowledged(NamedTuple):
    """A command whose success a client has heard."""

    command_id: bytes
    answer: Answer


class Blob(NamedTuple):
    """A ciphertext that a client keeps, and what it is to give."""

    region: str
    identity: MaterialIdentity
    ciphertext: bytes
    plaintext: bytes


class Use(NamedTuple):
    """An Encrypt or a Decrypt that was carried out. `opened`: what Decrypt gave, None where the blob was refused.

    `members`: the regions of the key, as its region knows them. `applied` is how far the region's state was,
    `acknowledged` how far it had to be for what had been acknowledged.
    """

    region: str
    state: str | None
    members: tuple[str, ...]
    applied: int
    acknowledged: int
    blob: Blob
    opened: bytes | None
    forged: bytes | None = None
    """What the blob gave with one bit changed."""


@dataclass
class Facts:
    acknowledged: dict[str, list[Acknowledged]] = field(default_factory=dict)
    """By region."""
    too_early: list[Acknowledged] = field(default_factory=list)
    """Those that the region's state, or its log, did not hold when the client heard of them."""
    answered: list[tuple[str, bytes]] = field(default_factory=list)
    """Region and id of the commands whose answers waited for other regions."""
    blobs: list[Blob] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    not_awaited: set[str] = field(default_factory=set)
    """Materials that may have become current although a region was not heard to have them."""
    looked_at: int = 0
    """So many of the uses have been checked."""
    floors: dict[str, int] = field(default_factory=dict)
    """By region: the greatest sequence that was acknowledged."""
    heads: dict[str, tuple[MemoryStore, tuple[int, ...]]] = field(default_factory=dict)
    """By region: its state, and how far that had come at the last step."""

    @property
    def anything_heard(self) -> bool:
        """Whether a client has heard of any success."""
        return bool(self.answered) or any(self.acknowledged.values())

    @property
    def new_uses(self) -> list[Use]:
        return self.uses[self.looked_at :]

    def note_acknowledged(self, acknowledged: Acknowledged, region: SimulatedRegion) -> None:
        self.acknowledged.setdefault(region.name, []).append(acknowledged)
        sequence = acknowledged.answer.sequence
        if region.sequence() < sequence:
            self.too_early.append(acknowledged)
        self.floors[region.name] = max(sequence, self.floors.get(region.name, 0))
