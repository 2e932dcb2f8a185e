"""What the auditor tells of itself stands in /metrics; of one that is dead, only that it is."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from replication.state.lmdb_store import LmdbStore
from services.audit.auditor_figures import BELIEVED_MILLISECONDS, last_level, read_figures, write_figures
from services.audit.auditor_parts import counts_of, figures_of, make_auditor
from services.audit.delivery_settings import DeliverySettings
from services.audit.round_figures import RoundFigures
from services.audit.rounds import RoundParts, rounds_of
from services.audit.trail.trail import Trail
from services.cli.node.new_region import found_keys
from services.clock import now_milliseconds
from services.metrics.audit_families import TRAIL
from services.region_node.keys.key_files import open_keys
from services.region_node.metrics import CountsDirectory, render
from services.region_node.settings.settings import Address, NodeSettings
from tests.services.audit.making import NOW


def test_figures_are_shown_under_their_names(tmp_path: Path) -> None:
    write_figures(tmp_path, {"shipped": 7, "lag_seconds": 0.5, "log_trouble": True, "digest": 3}, now_milliseconds())
    text = render("us-east-1", {}, None, CountsDirectory(tmp_path).read_auditor()).decode()
    for line in (
        'keytide_audit_auditor_up{region="us-east-1"} 1.0',
        'keytide_audit_shipped_total{region="us-east-1"} 7.0',
        'keytide_audit_lag_seconds{region="us-east-1"} 0.5',
        'keytide_audit_log_trouble{region="us-east-1"} 1.0',
        'keytide_audit_digest{region="us-east-1"} 3.0',
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (0, {"auditor_up": 1, "shipped": 7}),
        (BELIEVED_MILLISECONDS, {"auditor_up": 1, "shipped": 7}),
        (BELIEVED_MILLISECONDS + 1, {"auditor_up": 0}),
        (-BELIEVED_MILLISECONDS - 1, {"auditor_up": 0}),
    ],
)
def test_of_an_auditor_that_is_dead_only_that_is_told(tmp_path: Path, age: int, told: dict[str, float]) -> None:
    write_figures(tmp_path, {"shipped": 7}, NOW)
    assert read_figures(tmp_path, NOW + age) == told


@pytest.mark.parametrize("content", [None, b"", b"torn {", orjson.dumps({"shipped": 7})])
def test_an_auditor_that_has_told_nothing_is_not_up(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "auditor.json").write_bytes(content)
    assert read_figures(tmp_path, NOW) == {"auditor_up": 0}


@pytest.mark.parametrize(
    ("told", "level_at"),
    [
        ({"lag_seconds": 0.0}, NOW - 4_000),
        ({"lag_seconds": 300.5}, NOW - 304_500),
        (None, NOW),
    ],
)
def test_an_auditor_that_dies_again_and_again_is_behind_all_the_while(
    tmp_path: Path, told: dict[str, float] | None, level_at: int
) -> None:
    if told is not None:
        write_figures(tmp_path, told, NOW - 4_000)
    assert last_level(tmp_path, NOW) == level_at


def test_an_auditor_begins_with_what_the_one_before_was_behind(tmp_path: Path) -> None:
    settings = NodeSettings("us-east-1", Address("127.0.0.1", 0), Address("127.0.0.1", 0), directory=tmp_path)
    found_keys(settings, NOW)
    write_figures(counts_of(settings), {"lag_seconds": 1_000.0}, now_milliseconds())
    node = make_auditor(settings, open_keys(settings))
    assert node.auditor.lag_seconds() >= 1_000
    node.writer.close()


async def test_every_figure_has_a_family_and_every_family_its_figure(tmp_path: Path) -> None:
    settings = NodeSettings("us-east-1", Address("127.0.0.1", 0), Address("127.0.0.1", 0), directory=tmp_path)
    delivery = DeliverySettings(directory=tmp_path / "files")
    settings = replace(settings, audit=replace(settings.audit, delivery=delivery))
    found_keys(settings, NOW)
    node = make_auditor(settings, keys := open_keys(settings))
    store, trail, faults = LmdbStore(tmp_path / "state", writer=True), Trail(settings.trail_directory), Counter[str]()
    rounds = rounds_of(RoundParts(settings, keys, store, trail, node.auditor.append, lambda: NOW))
    told = figures_of(node, settings, RoundFigures(rounds, faults), faults)
    assert (sorted(["audit_auditor_up", *(f"audit_{name}" for name in told)]), faults) == (
        sorted(family.name for family in TRAIL),
        {},
    )
    trail.close()
    store.close()
    node.writer.close()
