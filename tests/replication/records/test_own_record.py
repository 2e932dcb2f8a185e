"""What an entry of a region's own log is; and that one process may prove what another one folds."""

from typing import Any

import pytest

from replication.records.own_record import read_own_record, read_vouched, vouch
from replication.records.record import RecordKey, decode_record, encode_record
from replication.sharing.publication import local_log
from tests.replication.written_log import HOME, RECORD_KEY, WrittenLog, altered, created, hash_of

LOG = local_log(HOME)
OTHER = RecordKey(RECORD_KEY.key_id, b"record key of somebody else....!")


def record() -> bytes:
    log = WrittenLog()
    log.open()
    return log.write(created(1))


RECORD = record()
PARTS = decode_record(RECORD)


@pytest.mark.parametrize(
    "entry",
    [
        b"junk",
        encode_record(PARTS._replace(proof=PARTS.proof[:-1] + b"?")),
        encode_record(PARTS._replace(signed=PARTS.signed + b"?")),
        encode_record(PARTS._replace(key_id="another")),
        altered(RECORD, OTHER),
    ],
)
def test_for_what_is_not_authentic_nobody_vouches(entry: bytes) -> None:
    assert vouch(entry, RECORD_KEY) is None
    assert read_own_record(entry, RECORD_KEY, LOG, 0).envelope is None


@pytest.mark.parametrize(
    "entry", [RECORD, altered(RECORD, log="another"), altered(RECORD, partition=1), altered(RECORD, least_reader=9)]
)
def test_a_vouched_record_is_read_as_the_entry_that_it_was(entry: bytes) -> None:
    vouched = vouch(entry, RECORD_KEY)
    assert vouched is not None
    assert read_vouched(vouched, LOG, 0) == read_own_record(entry, RECORD_KEY, LOG, 0)


@pytest.mark.parametrize("place", [{"log": "another"}, {"partition": 1}])
def test_an_authentic_record_of_another_place_is_foreign(place: dict[str, Any]) -> None:
    own = read_own_record(altered(RECORD, **place), RECORD_KEY, LOG, 0)
    assert own.envelope is None
    assert own.foreign.startswith("it belongs to ")


def test_an_authentic_record_is_this_logs() -> None:
    own = read_own_record(RECORD, RECORD_KEY, LOG, 0)
    assert (own.envelope is not None, own.hash) == (True, hash_of(RECORD))


def test_what_is_vouched_for_and_no_envelope_is_nobodys() -> None:
    own = read_vouched(b"h" * 32 + b"junk", LOG, 0)
    assert own.envelope is None
    assert "envelope" in own.foreign
