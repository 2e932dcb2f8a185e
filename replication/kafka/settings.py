"""The settings that a log's topic needs: made so, and checked to be so.

Owns the one table of settings without which Kafka would lose, remove or hide records, and what is said where a topic
has others. What is compared are the values in effect, whether they stand at the topic or are a broker's default. Pure.
Source: https://kafka.apache.org/documentation/#topicconfigs
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from replication.log.event_log import MAXIMUM_RECORD_BYTES

BATCH_BYTES: Final = 2 * MAXIMUM_RECORD_BYTES  # the longest record and what Kafka writes around it
SAFE_IN_SYNC: Final = 2
"""So many replicas hold a record before it is acknowledged, wherever there are more than one."""
IN_SYNC: Final = "min.insync.replicas"
ONE_BROKER: Final = "where the loss of everything does not matter, set development"


class Setting(NamedTuple):
    """A topic setting: the value to create it with, whether another value is as good, and what it would do if not."""

    name: str
    value: str
    is_safe: Callable[[str], bool]
    danger: str


class Danger(NamedTuple):
    """What would lose, remove or hide records. `mend`: the setting and value that end it; none where no setting does"""

    sentence: str
    mend: tuple[str, str] | None = None


REQUIRED_SETTINGS: Final = (
    Setting("cleanup.policy", "delete", "delete".__eq__, "compaction removes records"),
    Setting("retention.ms", "-1", "-1".__eq__, "old records expire"),
    Setting("retention.bytes", "-1", "-1".__eq__, "records expire when the log grows"),
    Setting("unclean.leader.election.enable", "false", "false".__eq__, "acknowledged records can be lost"),
    Setting("compression.type", "uncompressed", "uncompressed".__eq__, "records can be written that nobody reads"),
    Setting("max.message.bytes", str(BATCH_BYTES), lambda value: _number(value) >= BATCH_BYTES, "records do not fit"),
)


def expiring_settings(kept_milliseconds: int) -> tuple[Setting, ...]:
    """Those of a topic whose records are kept for a while only; another time is as good."""
    kept = {"retention.ms": str(kept_milliseconds), "retention.bytes": "-1"}
    return tuple(
        setting._replace(value=kept[setting.name], is_safe=_any_value) if setting.name in kept else setting
        for setting in REQUIRED_SETTINGS
    )


def created_settings(replicas: int | None, settings: Sequence[Setting]) -> dict[str, str]:
    """What a topic with `replicas` is made with."""
    made = {setting.name: setting.value for setting in settings}
    return made | ({IN_SYNC: str(SAFE_IN_SYNC)} if replicas is not None and replicas >= SAFE_IN_SYNC else {})


def dangers_of(
    found: Mapping[str, str], replicas: int, wanted: int | None, settings: Sequence[Setting] = REQUIRED_SETTINGS
) -> list[Danger]:
    """The dangers of a topic with the settings `found`, which has `replicas` and must have `wanted` or more."""
    dangers = [
        _wrong(setting.name, found.get(setting.name), setting.value, setting.danger)
        for setting in settings
        if not setting.is_safe(found.get(setting.name, ""))
    ]
    if wanted is not None and replicas < wanted:
        dangers.append(Danger(f"it has {replicas} replicas and must have {wanted} (too few outlive their brokers)"))
    return [*dangers, *_dangers_in_sync(found, replicas)]


def _dangers_in_sync(found: Mapping[str, str], replicas: int) -> Iterator[Danger]:
    in_sync = _number(found.get(IN_SYNC, "1"))
    if replicas >= SAFE_IN_SYNC > in_sync:
        yield _wrong(IN_SYNC, str(in_sync), str(SAFE_IN_SYNC), "one lost broker loses acknowledged records")
    if in_sync > replicas:
        yield _wrong(IN_SYNC, str(in_sync), str(min(SAFE_IN_SYNC, replicas)), "nothing can be written")


def _wrong(name: str, found: str | None, value: str, danger: str) -> Danger:
    return Danger(f"{name}={found} must be {value} ({danger})", (name, value))


def unsafe_topic(topic: str, bootstrap: str, dangers: Sequence[Danger]) -> str:
    """What an operator is told: each danger, and the command that ends them."""
    told = f"the topic {topic} is not safe: {'; '.join(danger.sentence for danger in dangers)}"
    mends = ",".join("=".join(danger.mend) for danger in dangers if danger.mend is not None)
    if mends:
        told += f"; mend it with: {alter_command(topic, bootstrap, mends)}"
    if any(danger.mend is None for danger in dangers):
        told += f"; give it replicas with: {reassign_command(bootstrap)} ({ONE_BROKER})"
    return told


def alter_command(topic: str, bootstrap: str, assignments: str) -> str:
    return (
        f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --entity-type topics --entity-name {topic} "
        f"--add-config {assignments}"
    )


def reassign_command(bootstrap: str) -> str:
    """The file names the brokers of each partition's replicas: see docs/kafka.md."""
    return (
        f"kafka-reassign-partitions.sh --bootstrap-server {bootstrap} --execute --reassignment-json-file replicas.json"
    )


def _any_value(_value: str) -> bool:
    return True


def _number(value: str) -> int:
    """0 for what is no number: never enough."""
    return int(value) if value.isdecimal() else 0
