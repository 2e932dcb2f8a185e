"""GetKeyLastUsage's knowledge: what this node has noted, and what the trail tells of all."""

from contextlib import closing
from pathlib import Path

from services.region_node.worker.usage_store import LastUse, UsageStore
from services.usage.region_uses import RegionUses
from services.usage.usage_file import usage_file
from services.usage.usage_writer import UsageWriter
from tests.services.usage.entries import KEY, TIME, FakeTrail, entry


def counted(trail_directory: Path, *times: int, since: int = TIME) -> None:
    """Another node has used the key at those times, and this node's auditor has counted it."""
    trail = FakeTrail()
    trail.arrive(*(entry("Decrypt", time=time, request_id=f"at {time}") for time in times))
    with closing(UsageWriter(usage_file(trail_directory), since)) as writer:
        writer.take(1, trail.arrived)


def test_without_a_trail_the_node_s_own_uses_are_what_is_known(tmp_path: Path) -> None:
    uses = RegionUses(UsageStore(tmp_path / "own", lambda: TIME), usage_file(tmp_path / "trail"))
    assert (uses.tracking_since(), uses.last_use(KEY)) == (TIME, None)
    uses.merge({KEY: LastUse("Encrypt", TIME, "own")})
    assert uses.last_use(KEY) == LastUse("Encrypt", TIME, "own")


def test_a_use_through_another_node_is_known_and_the_later_use_counts(tmp_path: Path) -> None:
    uses = RegionUses(UsageStore(tmp_path / "own", lambda: TIME), usage_file(tmp_path / "trail"))
    assert uses.last_use(KEY) is None
    counted(tmp_path / "trail", TIME + 1, since=TIME - 5)
    found = uses.last_use(KEY)
    assert found is not None
    assert (found.operation, found.time, found.request_id) == ("Decrypt", TIME + 1, f"at {TIME + 1}")
    assert uses.tracking_since() == TIME - 5
    uses.merge({KEY: LastUse("Encrypt", TIME + 2, "own")})
    assert uses.last_use(KEY) == LastUse("Encrypt", TIME + 2, "own")


def test_of_one_use_that_both_know_the_audit_entry_is_named(tmp_path: Path) -> None:
    uses = RegionUses(UsageStore(tmp_path / "own", lambda: TIME), usage_file(tmp_path / "trail"))
    uses.merge({KEY: LastUse("Decrypt", TIME, f"at {TIME}")})
    counted(tmp_path / "trail", TIME)
    found = uses.last_use(KEY)
    assert found is not None
    assert found.event_id is not None
