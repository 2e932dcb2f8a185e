"""What a node does for drills: it signs their reports, and remembers the last that its region has passed.

Owns the answer to the operator, and the gauge of the days since then. What passed stands in the region's log: it
outlasts the loss of a state, and every node of the region tells of it.
"""

from collections.abc import Awaitable, Callable, Mapping

from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, StateStore, row_key
from services.clock import now_milliseconds
from services.drill.statement import FORMAT_VERSION, Statement, encode_statement
from services.region_node.changes.recording import Place, Submit
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.operator.questions import Verb
from services.region_node.settings.settings import NodeSettings
from shared.drills.events import RecoveryProven
from shared.drills.model import Recovery
from shared.errors import DependencyTimeout
from shared.identifiers import RECOVERY_PARTITION, RECOVERY_STREAM

DAY_MILLISECONDS = 86_400_000
GAUGE = "days_since_proven_recovery"


class Drills:
    """Of one node, in its replicator. `now` gives integer milliseconds since 1970."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        submit: Submit,
        now: Callable[[], int] = now_milliseconds,
    ) -> None:
        self._place = Place(settings.region, settings.node, settings.partitions, store, submit, now)
        self._keys = keys

    @property
    def answers(self) -> Mapping[str, Callable[..., Awaitable[object]]]:
        """What an operator may ask for."""
        return {Verb.ATTEST_DRILL: self.attest}

    async def attest(self, scenario: str, report: str, passed: int) -> str:
        """The region's signed word on a report; `report`: its SHA-256. Of a drill that passed a record is made first.

        Errors: DependencyTimeout where that could not be recorded.
        """
        proven = RecoveryProven(scenario, report)
        if passed and not await self._place.record(RECOVERY_PARTITION, [proven]):
            raise DependencyTimeout("The drill that was passed could not be recorded.")
        said = Statement(FORMAT_VERSION, self._place.region, scenario, report, bool(passed), self._place.now())
        return encode_statement(said, self._keys.identity.sign)

    def gauges(self) -> dict[str, float]:
        """None before the first drill that was passed."""
        last = self._last()
        return {} if last is None else {GAUGE: (self._place.now() - last.proven_at) / DAY_MILLISECONDS}

    def _last(self) -> Recovery | None:
        with self._place.store.read() as snapshot:
            state = decode_row(snapshot.get(STREAMS, row_key(RECOVERY_PARTITION, RECOVERY_STREAM))).state
        return state if isinstance(state, Recovery) else None
