"""Regions in a directory that never ran: their states and their usage are written by the test."""

import atexit
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

from replication.state.indexes import index_changes
from replication.state.lmdb_store import LmdbStore
from replication.state.rows import encode_row
from replication.state.state_store import INDEXES, STREAMS, row_key
from services.cli.operated_regions import OperatedRegions
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.usage.usage_file import usage_file
from services.usage.usage_writer import UsageWriter
from shared.audit.entry import AuditEntry
from shared.evolve import State
from shared.identifiers import account_stream, key_arn, key_stream, partition_of
from shared.identity.model import Account
from shared.keys.model import Key, KeyMaterial
from shared.keys.times import days
from tests.services.usage.entries import FakeTrail, entry

REGIONS = ("us-east-1", "eu-west-1")
ACCOUNT = "111122223333"
KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
NOW = time.time_ns() // 1_000_000
"""The commands ask the real clock."""
YEAR_AGO = NOW - days(365)
KEY = Key(
    ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", YEAR_AGO,
    (KeyMaterial("ab" * 32, KEY_ID, 5, b"w"),), "Enabled", "", None, (), REGIONS[0], (REGIONS[1],), 0,
)  # fmt: skip


def arn(region: str) -> str:
    return key_arn(region, ACCOUNT, KEY_ID)


def made(directory: Path) -> Path:
    """Two regions, both with the key."""
    shutil.copytree(_template(), directory, dirs_exist_ok=True)
    return directory


@cache
def _template() -> Path:
    """Made once: it takes new keys."""
    directory = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    prepare(Topology(REGIONS, directory, 8100, 1, kafka=False), YEAR_AGO)
    for region in REGIONS:
        know(directory, region, {key_stream(ACCOUNT, KEY_ID): KEY})
    return directory


def know(directory: Path, region: str, states: Mapping[str, State], *, frozen: bool = False) -> None:
    """Put the states into that of the region."""
    settings = OperatedRegions(directory).nodes[region]
    known = {account_stream(ACCOUNT): Account(ACCOUNT, REGIONS[0], "Team", 1), **states}
    with closing(LmdbStore(settings.state_directory, writer=True)) as store, store.write() as transaction:
        partition = partition_of(ACCOUNT, settings.partitions)
        for stream, state in known.items():
            place = row_key(partition, stream)
            transaction.put(STREAMS, place, encode_row(1, state, frozen and stream in states))
            for name, value in index_changes(partition, region, None, state):
                transaction.put(INDEXES, name, value or b"")


def count(directory: Path, region: str, *entries: AuditEntry, since: int = YEAR_AGO) -> None:
    """The region's auditor has counted them."""
    trail = FakeTrail()
    if entries:
        trail.arrive(*entries)
    settings = OperatedRegions(directory).nodes[region]
    with closing(UsageWriter(usage_file(settings.trail_directory), since)) as writer:
        writer.take(trail.last_ordinal(), trail.arrived)


def calls(region: str, operation: str, number: int, ago_days: int = 1) -> Sequence[AuditEntry]:
    return [entry(operation, resources=(arn(region),), time=NOW - days(ago_days))] * number
