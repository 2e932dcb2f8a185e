"""What frames of the trail add to the usage: a pure step between reading the trail and writing the file."""

from typing import NamedTuple

from services.region_node.worker.usage_store import LastUse
from shared.audit.entry import GRANTS, AuditEntry, NotAnEntry, decode_entry, time_of
from shared.audit.frame import Frame, entry_id
from shared.usage.tally import BROWNED_OUT, SCREAM_TEST, Count, Counted, add, counts_of, is_use, principal_of


class Hit(NamedTuple):
    """Whom a scream test has hit, and doing what. `source_address`: where the call came from."""

    test: str
    key: str
    principal: str
    source_address: str
    operation: str


class Counts:
    """Of some frames, together. `unread`: entries that are none."""

    def __init__(self) -> None:
        self.tallies: dict[Counted, Count] = {}
        self.last_uses: dict[str, LastUse] = {}
        self.grant_uses: dict[str, tuple[int, int]] = {}
        """Of grants by which calls were permitted, by their ids: calls, and the time of the last."""
        self.hits: dict[Hit, tuple[int, int, int]] = {}
        """Calls, the time of the first and of the last."""
        self.unread = 0

    def take(self, frame: Frame, after: int = 0) -> None:
        """Count the frame's entries whose number in the chain is above `after`."""
        numbered = enumerate(zip(frame.leaves, frame.entries, strict=True), frame.first)
        for number, (leaf, encoded) in numbered:
            if number > after:
                self._take(encoded, frame.chain, number, leaf)

    def _take(self, encoded: bytes, chain: str, number: int, leaf: bytes) -> None:
        try:
            entry = decode_entry(encoded)
        except NotAnEntry:
            self.unread += 1
            return
        for grant in (entry.additional or {}).get(GRANTS, ()):
            calls, last = self.grant_uses.get(grant, (0, 0))
            self.grant_uses[grant] = (calls + 1, max(last, time_of(entry)))
        for counted, count in counts_of(entry):
            add(self.tallies, counted, count)
            if is_use(counted):
                self._note_use(counted.key, entry, entry_id(leaf, chain, number, counted.account))
            elif counted.outcome == BROWNED_OUT:
                self._note_hit(entry)

    def _note_use(self, key: str, entry: AuditEntry, event_id: str) -> None:
        before = self.last_uses.get(key)
        if before is None or before.time <= time_of(entry):
            self.last_uses[key] = LastUse(entry.operation, time_of(entry), entry.request_id, event_id)

    def _note_hit(self, entry: AuditEntry) -> None:
        told, caller = (entry.additional or {}).get(SCREAM_TEST), entry.identity
        if not isinstance(told, dict) or caller is None:
            return
        test, key = str(told.get("Test", "")), str(told.get("Key", ""))
        time = time_of(entry)
        hit = Hit(test, key, principal_of(caller), entry.source_address, entry.operation)
        calls, first, last = self.hits.get(hit, (0, time, time))
        self.hits[hit] = (calls + 1, min(first, time), max(last, time))
