"""The parts of a node's auditor, put together.

Owns which chores it has beside the rounds, and its figures.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from replication.fold.materializer import Identity
from services.audit.audit_log import AWAY_DAYS, open_audit_log
from services.audit.auditor import Auditor
from services.audit.auditor_figures import last_level, sizes, write_figures
from services.audit.chores import Chore
from services.audit.derived_frames import DerivedFrames
from services.audit.derived_shipping import DerivedShipping
from services.audit.log_takers import Covered, takers_of
from services.audit.proof.books_taker import REFUSED
from services.audit.record_fold import open_record_fold
from services.audit.retention import Retention
from services.audit.round_figures import RoundFigures
from services.audit.rounds import Round
from services.audit.spool.reading import SpoolReading
from services.audit.spool.shipping import Shipping
from services.audit.trail.chains import Standing
from services.audit.trail.segment import segments_in
from services.audit.trail.writer import TrailWriter
from services.clock import now_milliseconds
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.pulses.settings import DAY_MILLISECONDS
from services.region_node.replicator.node_logs import open_records
from services.region_node.settings.settings import NodeSettings

FIGURES_SECONDS: Final = 1.0
CLEARING_SECONDS: Final = 5.0
WAITING_SECONDS: Final = 60.0
KEEPING_SECONDS: Final = 600.0


class NodeAuditor(NamedTuple):
    """`auditor` runs beside the `chores`, which are rounds of its own house."""

    writer: TrailWriter
    spools: SpoolReading
    shipping: Shipping
    derived_frames: DerivedFrames
    derived_shipping: DerivedShipping
    auditor: Auditor


def make_auditor(settings: NodeSettings, keys: RegionKeys) -> NodeAuditor:
    """Opens the trail to write. Errors: sqlite3.Error, OSError, TrailUnavailable."""
    writer = TrailWriter(
        settings.trail_directory, keys.record_key, now_milliseconds, partial(takers_of, settings, keys)
    )
    spools = SpoolReading(settings.spool_directory)
    shipping = Shipping(spools, keys.record_key, writer.heads)
    identity = Identity(settings.region, settings.partitions, keys.record_key)
    folds = settings.trail_directory.parent / "fold"
    derived_frames = DerivedFrames(partial(open_record_fold, folds, identity), writer.heads, writer.origin)
    derived_shipping = DerivedShipping(derived_frames, lambda: open_records(settings))
    level_at = last_level(counts_of(settings), now_milliseconds())
    auditor = Auditor(
        writer,
        keys.record_key,
        shipping,
        derived_shipping,
        lambda: open_audit_log(settings),
        now_milliseconds,
        level_at,
    )
    return NodeAuditor(writer, spools, shipping, derived_frames, derived_shipping, auditor)


def chores_of(node: NodeAuditor, settings: NodeSettings) -> tuple[Round, ...]:
    """What it looks after in its own house."""
    writer = node.writer
    retention = Retention(
        settings.trail_directory,
        settings.audit,
        writer.books,
        Covered(writer.books),
        now_milliseconds,
        has_peers=bool(settings.peers),
    )

    async def clear_spools() -> None:
        node.spools.clear(writer.heads())

    async def give_up_waiting() -> None:
        writer.give_up_waiting()

    async def drop() -> None:
        retention.drop()

    async def prune() -> None:
        await node.auditor.prune(AWAY_DAYS * DAY_MILLISECONDS)

    return (
        Chore("spools", clear_spools, CLEARING_SECONDS),
        Chore("waiting", give_up_waiting, WAITING_SECONDS),
        Chore("retention", drop, KEEPING_SECONDS),
        Chore("audit log", prune, KEEPING_SECONDS),
    )


def figures_of(
    node: NodeAuditor, settings: NodeSettings, rounds: RoundFigures, faults: Counter[str]
) -> Mapping[str, float]:
    """By name: see `auditor_figures.py`. Errors: sqlite3.Error, OSError."""
    met, counts, told = node.writer.met, node.writer.books.counts(), rounds.told()
    segments = segments_in(settings.trail_directory)
    return {
        "shipped": node.shipping.shipped,
        "taken_up": met["entries"],
        "foreign_records": met["foreign"],
        "unknown_records": met["unknown"],
        "unreadable_entries": met["unreadable"],
        "round_faults": faults.total(),
        "log_trouble": bool(node.auditor.trouble),
        "derivation_trouble": bool(node.derived_shipping.trouble),
        "derivation_behind": node.derived_frames.behind,
        "behind": node.auditor.behind,
        "spool_bytes": node.spools.waiting_bytes(),
        "lag_entries": node.shipping.waiting_entries(),
        "lag_seconds": node.auditor.lag_seconds(),
        "waiting_chains": len(node.writer.waiting()),
        "holes": len(node.writer.books.holes()),
        "forks": counts.get(Standing.FORK, 0),
        "changed": counts.get(Standing.BROKEN, 0),
        "refused_proofs": counts.get(REFUSED, 0),
        "new_logs": counts.get("new logs", 0),
        "segments": len(segments),
        "bytes": sizes(settings.trail_directory.iterdir()),
        "dropped_segments": len(node.writer.books.dropped()),
        "damaged_spools": node.spools.damaged_segments(),
        **told,
    }


def counts_of(settings: NodeSettings) -> Path:
    """Where the node's processes leave their figures."""
    return settings.directory / "run" / "counts"


def figures_round(node: NodeAuditor, settings: NodeSettings, rounds: Sequence[Round], faults: Counter[str]) -> Round:
    """Writes the figures for /metrics."""
    of_rounds = RoundFigures(rounds, faults)

    async def write() -> None:
        told = figures_of(node, settings, of_rounds, faults)
        write_figures(counts_of(settings), told, now_milliseconds())

    return Chore("figures", write, FIGURES_SECONDS)
