"""Which entries are meant: by several attributes at once.

Owns `Filter`, and by which one of its attributes an index is asked: that which fewest entries have.
"""

from collections.abc import Iterator
from typing import NamedTuple

from shared.audit.attributes import Attribute, attributes_of
from shared.audit.entry import AuditEntry, accounts_of

ANY = "any"
_RAREST_FIRST = (
    "RequestId", "AccessKeyId", "ErrorCode", "ResourceName", "Username", "SourceAddress", "EventName"
)  # fmt: skip


class Filter(NamedTuple):
    """What is None is not asked for. Times are milliseconds, both inclusive; `key` is an ARN or a key's id; `error` may
    be ANY."""

    since: int | None = None
    until: int | None = None
    account: str | None = None
    key: str | None = None
    user: str | None = None
    access_key: str | None = None
    event: str | None = None
    error: str | None = None
    request: str | None = None
    address: str | None = None

    def attributes(self) -> Iterator[Attribute]:
        """Those that an index knows, the rarest first."""
        asked = {
            "RequestId": self.request,
            "AccessKeyId": self.access_key,
            "ErrorCode": None if self.error == ANY else self.error,
            "ResourceName": self.key if self.key is not None and self.key.startswith("arn:") else None,
            "Username": self.user,
            "SourceAddress": self.address,
            "EventName": self.event,
        }
        for name in _RAREST_FIRST:
            value = asked[name]
            if value is not None:
                yield name, value

    def accounts_met(self, entry: AuditEntry) -> tuple[str, ...]:
        """In whose trails the entry is meant; none where it is not."""
        if not self._meets(entry):
            return ()
        accounts = accounts_of(entry) or ("",)
        return tuple(account for account in accounts if self.account in (None, account))

    def _meets(self, entry: AuditEntry) -> bool:
        if not (self.since or 0) <= entry.time or (self.until is not None and entry.time > self.until):
            return False
        if self.error == ANY and entry.error is None:
            return False
        if self.key is not None and not any(arn == self.key or arn.endswith(f"/{self.key}") for arn in entry.resources):
            return False
        return set(self.attributes()) <= set(attributes_of(entry))
