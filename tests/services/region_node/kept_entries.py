"""Where audit entries go in tests: a list, whose entries become durable at once, when a test says so, or never."""

import asyncio

from services.audit.security_log import Unauthenticated
from services.audit.settings import AuditSettings
from services.audit.spool.spool import Waiting
from services.region_node.audit.auditing import Audited
from shared.audit.entry import AuditEntry, decode_entry


class KeptEntries:
    """Stands for a spool. `holds`: entries become durable only with `settle`. `fails`: none does."""

    def __init__(self) -> None:
        self.encoded: list[bytes] = []
        self.unauthenticated: list[Unauthenticated] = []
        self.failing = self.crowded = self.holds = self.fails = False
        self._held: list[Waiting] = []

    def add(self, entry: bytes, waiting: Waiting | None = None) -> None:
        self.encoded.append(entry)
        if waiting is None:
            return
        self._held.append(waiting)
        if not self.holds:
            asyncio.get_running_loop().call_soon(self.settle)

    def settle(self) -> None:
        held, self._held = self._held, []
        for waiting in held:
            waiting.settled(not self.fails)

    @property
    def waiting(self) -> int:
        return len(self._held)

    @property
    def entries(self) -> list[AuditEntry]:
        return [decode_entry(each) for each in self.encoded]

    def taken(self) -> list[AuditEntry]:
        """Those since the last time."""
        entries, self.encoded = self.entries, []
        return entries

    def audited(self, settings: AuditSettings | None = None) -> Audited:
        return Audited(self, self.unauthenticated.append, settings or AuditSettings())
