"""What the regions in a directory know of usage, put together.

Owns which regions are asked, and that one which cannot be read, or counts nothing yet, is told and hides nothing of
the others.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from replication.state.state_store import Snapshot
from replication.state.view import Moment, SnapshotView
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.clock import now_milliseconds
from services.region_node.settings.settings import NodeSettings
from services.usage.usage_file import UsageUnavailable, usage_file
from services.usage.usage_reader import UsageReader
from shared.errors import KeyUnavailable
from shared.keys.model import Key
from shared.usage.tally import Count, Counted, merged

Answer = TypeVar("Answer")


class KnownUsage(NamedTuple):
    """`regions`: those that are asked, in their order."""

    operated: OperatedRegions
    regions: tuple[str, ...]

    def each(self, question: Callable[[UsageReader], Answer]) -> Iterator[tuple[str, Answer]]:
        """The answers of the regions that have one."""
        for region in self.regions:
            answer = self.of(region, question)
            if answer is not None:
                yield region, answer

    def of(self, region: str, question: Callable[[UsageReader], Answer]) -> Answer | None:
        """None, with a word to the person, where nothing has been counted."""
        settings = self.operated.nodes.get(region)
        if settings is None:
            return None
        try:
            with closing(UsageReader(usage_file(settings.trail_directory))) as reader:
                return question(reader)
        except UsageUnavailable as error:
            tell(f"{region}: nothing is counted there: {error}")
            return None

    def tallies(self, start: int, end: int, key_id: str = "", principal: str = "") -> dict[Counted, Count]:
        """Of all the regions together. `start`, `end`: hours since 1970."""
        asked = self.each(lambda reader: reader.tallies(start, end, key_id, principal))
        return merged([tallies for _, tallies in asked])

    def views(self, look: Callable[[NodeSettings, SnapshotView], Answer]) -> Iterator[tuple[str, Answer]]:
        """What `look` finds in the states of the regions, as they are now."""
        for region in self.regions:
            settings = self.operated.nodes.get(region)
            if settings is None:
                continue
            found = self.operated.read(region, _looking(settings, look))
            if found is None:
                tell(f"{region}: its state cannot be read: {self.operated.unfit.get(region, 'it has none')}")
            else:
                yield region, found


def known_usage(directory: Path, regions: Sequence[str]) -> KnownUsage:
    """Errors: CannotStart for a region that is not here."""
    operated = OperatedRegions(directory)
    for region in regions:
        operated.node(region)
    asked = tuple(dict.fromkeys(regions)) or tuple(operated.nodes)
    if not asked:
        raise CannotStart(f"no region in {directory} can be read: {operated.unfit}")
    for region, why in operated.unfit.items():
        if not regions:
            tell(f"{region}: {why}")
    return KnownUsage(operated, asked)


def keys_named(view: SnapshotView, key_id: str) -> list[Key]:
    """The key with that id, whosever it is. One that this version cannot read is told, and left out."""
    found = []
    for account in view.accounts():
        try:
            key = view.key(account.account, key_id)
        except KeyUnavailable as error:
            tell(f"{key_id}: {error.message or error.remedy}")
            continue
        if key is not None and key.held_here:
            found.append(key)
    return found


def tell(line: str) -> None:
    """What is no part of the answer."""
    print(f"keytide: {line}", file=sys.stderr)


def _looking(
    settings: NodeSettings, look: Callable[[NodeSettings, SnapshotView], Answer]
) -> Callable[[int, Snapshot], Answer]:
    def found(partitions: int, snapshot: Snapshot) -> Answer:
        view = SnapshotView(snapshot, partitions).at(Moment(settings.region, now_milliseconds()))
        return look(settings, view)

    return found
