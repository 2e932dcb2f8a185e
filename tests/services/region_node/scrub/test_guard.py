"""The mark of what is being read: left behind by a process that ended there, and by no other."""

from pathlib import Path

import pytest

from services.region_node.scrub.guard import ScrubGuard
from tests.replication.virtual_time import run_in_virtual_time
from tests.services.region_node.scrubbed_region import ScrubbedRegion

LOG = "keytide.us-east-1.local"


def test_a_mark_lasts_as_long_as_the_read(tmp_path: Path) -> None:
    guard = ScrubGuard(tmp_path / "mark")
    with guard.reading(LOG, 1, 7):
        assert (tmp_path / "mark").read_text().strip() == f"{LOG}/1 7"
    assert (tmp_path / "mark").read_text().strip() == ""
    with pytest.raises(ValueError, match="failed"), guard.reading(LOG, 1, 7):
        raise ValueError("failed")
    guard.close()
    assert ScrubGuard(tmp_path / "mark").ended_at(LOG, 1) == ""


def test_a_process_that_ended_while_it_read_leaves_its_mark_for_the_next_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    path.write_text(f"{LOG}/1 7".ljust(256))
    guard = ScrubGuard(path)
    assert [guard.ended_at(LOG, 0), guard.ended_at(LOG, 1), guard.ended_at("another", 1)] == ["", "7", ""]
    assert ScrubGuard(path).ended_at(LOG, 1) == ""


def test_a_place_that_ended_the_process_is_told_and_not_read_again_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    path.write_text(f"{LOG}/1 7".ljust(256))
    region = ScrubbedRegion(guard=ScrubGuard(path))
    read: list[int] = []
    honest = region.local.read

    async def noted(partition: int, *place: int, **named: int) -> object:
        read.append(partition)
        assert path.read_text().startswith(f"{LOG}/{partition} {place[0]} ")
        return await honest(partition, *place, **named)

    region.local.read = noted  # type: ignore[assignment, method-assign]
    run_in_virtual_time(region.scrub.read_all())
    assert set(read) == {0}
    assert dict(region.status.alarms) == {"unreadable": 1}
    assert "the replicator ended while it read position 7" in region.troubles[f"scrub of {LOG}/1"]


def test_without_a_file_nothing_is_marked() -> None:
    guard = ScrubGuard(None)
    with guard.reading(LOG, 0, 0):
        assert guard.ended_at(LOG, 0) == ""
    guard.close()
