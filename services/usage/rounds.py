"""The rounds of an auditor that usage comes from."""

from collections.abc import Callable

from replication.state.state_store import StateStore
from services.region_node.settings.settings import NodeSettings
from services.usage.lives_round import LivesRound
from services.usage.tally_round import Frames, TallyRound


def usage_rounds(
    settings: NodeSettings, store: StateStore, trail: Frames, now: Callable[[], int]
) -> tuple[TallyRound, LivesRound]:
    """Both write the same file, through one writer. `now` gives integer milliseconds since 1970."""
    tally = TallyRound(trail, settings.trail_directory, now)
    return tally, LivesRound(settings.region, settings.partitions, store, lambda: tally.writer, now)
