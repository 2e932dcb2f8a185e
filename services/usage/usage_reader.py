"""The reading end of a node's usage, for any process of the node. Reads only."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from services.region_node.worker.usage_store import LastUse
from services.usage.counting import Hit
from services.usage.usage_file import fact, faults_of, open_to_read
from shared.cost.key_life import KeyLife
from shared.usage.tally import Count, Counted

HOURS_MOST = 1 << 40


class HitsOf(NamedTuple):
    """How often a scream test has hit somebody, and when first and last."""

    hit: Hit
    calls: int
    first: int
    last: int


class GrantUses(NamedTuple):
    """Since when it is counted by which grants calls were permitted, and when that was last, by the ids of the grants.
    Milliseconds since 1970."""

    since: int
    last: Mapping[str, int]


class UsageReader:
    """Errors: UsageUnavailable, also where nothing has been counted yet."""

    def __init__(self, path: Path) -> None:
        self._path, self._connection = path, open_to_read(path)

    def close(self) -> None:
        self._connection.close()

    def since(self) -> int:
        """Since when usage has been counted without a gap, in milliseconds since 1970."""
        return self._fact("since")

    def tallies(
        self, start: int = 0, end: int = HOURS_MOST, key_id: str = "", principal: str = ""
    ) -> dict[Counted, Count]:
        """Of the hours from `start` to before `end`, since 1970; of one key, in whatever region, or one principal."""
        question = (
            "SELECT hour, account, key, principal, operation, outcome, detail, uses, requests, last "
            "FROM tallies JOIN subjects ON subjects.id = tallies.subject WHERE hour >= ? AND hour < ? "
            "AND (? = '' OR key LIKE '%:key/' || ?) AND (? = '' OR principal = ?)"
        )
        rows = self._rows(question, start, end, key_id, key_id, principal, principal)
        return {Counted(*row[:7]): Count(*row[7:]) for row in rows}

    def last_use(self, key_arn: str) -> LastUse | None:
        question = "SELECT operation, time, request_id, event_id FROM last_uses WHERE key = ?"
        return next((LastUse(*row) for row in self._rows(question, key_arn)), None)

    def last_uses(self) -> dict[str, LastUse]:
        """Of every key that was used, by its ARN."""
        rows = self._rows("SELECT key, operation, time, request_id, event_id FROM last_uses")
        return {key: LastUse(*use) for key, *use in rows}

    def grant_uses(self) -> GrantUses | None:
        """None where an earlier version has counted alone, which did not know."""
        since = self._fact("grants_since")
        return GrantUses(since, dict(self._rows("SELECT grant_id, last FROM grant_uses"))) if since else None

    def hits(self, test: str) -> list[HitsOf]:
        """Whom a scream test has hit, the most often first."""
        rows = self._rows("SELECT * FROM hits WHERE test = ? ORDER BY calls DESC, last DESC", test)
        return [HitsOf(Hit(*row[:5]), *row[5:]) for row in rows]

    def lives(self) -> list[KeyLife]:
        """Of every key that was seen, those that are gone too."""
        rows = self._rows("SELECT arn, account, spec, manager, created_at, rotations, ended_at FROM lives")
        return [KeyLife._make((*row[:5], tuple(json.loads(row[5])), row[6])) for row in rows]

    def _fact(self, name: str) -> int:
        with faults_of(self._path, "read"):
            return fact(self._connection, name)

    def _rows(self, question: str, *values: object) -> Iterator[Any]:
        with faults_of(self._path, "read"):
            yield from self._connection.execute(question, values)
