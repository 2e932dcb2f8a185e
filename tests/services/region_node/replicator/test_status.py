"""What the replicator tells of itself: alarms once a reason, troubles for as long as they last."""

import logging

import pytest

from replication.fold.judge import Verdict
from replication.fold.materializer import Alarm
from services.region_node.replicator import status as replicator_status
from services.region_node.replicator.status import ReplicatorStatus


class Waiting:
    """A materializer whose partitions wait as they are told to, and a store of some size."""

    def __init__(self, *alarms: Alarm) -> None:
        self._alarms = {alarm.partition: alarm for alarm in alarms}

    def waiting(self) -> dict[int, Alarm]:
        return self._alarms

    def size(self) -> int:
        return 4096


def gathered(status: ReplicatorStatus, *waiting: Alarm) -> dict[str, object]:
    return status.gather(Waiting(), Waiting(*waiting), [])  # type: ignore[arg-type]


def test_a_region_is_ready_once_nothing_hinders_it_and_no_partition_waits() -> None:
    status = ReplicatorStatus()
    assert (gathered(status)["ready"], gathered(status)["reason"]) == (False, "the replicator is starting")
    status.hindrance = ""
    assert gathered(status)["ready"] is True
    told = gathered(status, Alarm(3, Verdict.GAP, "record 7 is missing"))
    assert (told["ready"], told["reason"]) == (False, "record 7 is missing")


def test_an_alarm_is_counted_always_and_logged_once_a_reason(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicator_status, "REASONS_KEPT", 3)
    status = ReplicatorStatus()
    for number in range(6):
        status.alarm(Alarm(0, Verdict.GAP, "the same"))
        status.mirror_alarm(number, Verdict.SEEN_AGAIN, "each")
    assert gathered(status)["counters"] == {"alarms_gap": 6, "alarms_seen_again": 6}
    assert [record.getMessage() for record in caplog.records] == ["alarm"] * 3


def test_a_trouble_is_said_at_its_beginning_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    status = ReplicatorStatus()
    for reason in ("", "away", "away still", "", ""):
        status.trouble("keytide.us-east-1.local/0", reason)
        assert gathered(status)["troubles"] == ({"keytide.us-east-1.local/0": reason} if reason else {})
    assert [record.getMessage() for record in caplog.records] == ["a log is in trouble", "a log is well again"]


def test_peers_and_limits_are_told_as_they_are() -> None:
    status = ReplicatorStatus()
    status.peers = lambda: {"eu-west-1": {"records_behind": 1.0}}
    status.limits = {"staleness_limit_seconds": 60.0}
    told = gathered(status)
    assert told["peers"] == {"eu-west-1": {"records_behind": 1.0}}
    assert told["gauges"]["staleness_limit_seconds"] == 60.0  # type: ignore[index]
