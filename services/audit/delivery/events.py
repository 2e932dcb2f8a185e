"""The entries of a frame as events of accounts' trails."""

from collections.abc import Collection, Iterator
from typing import Any

from shared.audit.cloudtrail import cloudtrail_event
from shared.audit.entry import NotAnEntry, accounts_of, decode_entry, time_of
from shared.audit.frame import Frame, entry_id


def events_of(frame: Frame, region: str, wanted: Collection[str]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Account, time, event; `wanted` empty: of all accounts. What this version cannot read is passed over."""
    for index, (leaf, encoded) in enumerate(zip(frame.leaves, frame.entries, strict=True)):
        try:
            entry = decode_entry(encoded)
        except NotAnEntry:
            continue
        number = frame.first + index
        shared = entry_id(leaf, frame.chain, number)
        for account in accounts_of(entry):
            if not wanted or account in wanted:
                own = entry_id(leaf, frame.chain, number, account)
                yield account, time_of(entry), cloudtrail_event(entry, region, own, shared, account)
