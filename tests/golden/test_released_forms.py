"""Every released form stays as it is: logs are kept for ever, and every region must read them alike."""

import pytest

from replication.pulses.pulse import decode_pulse
from replication.records.body import decode_adoption, decode_change
from replication.records.receipt import verify_receipt
from replication.records.record import decode_envelope, decode_record, is_authentic
from replication.state.partition_head import PartitionHead
from replication.state.rows import KINDS, decode_row
from replication.witness.checkpoint import decode_checkpoint, decode_cosignature
from shared.crypto.region_identity import verify_signature
from shared.event_codec import decode_events
from shared.events import EVENTS as TAGS
from tests.golden.samples import (
    CHECKPOINT,
    COSIGNATURE,
    ENVELOPES,
    EVENTS,
    FOLDER,
    PULSE,
    RECEIPT,
    ROWS_OF_EARLIER_STATES,
    STATES,
    partition_head,
    released,
    written_name,
)
from tests.replication.pulses.signed_pulses import verify
from tests.replication.written_log import IDENTITIES, PEER, RECORD_KEY

FORMS = released()


def golden(name: str) -> bytes:
    return bytes.fromhex((FOLDER / f"{name}.hex").read_text())


def test_every_form_has_a_file_and_every_file_a_form() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted((*FORMS, *ROWS_OF_EARLIER_STATES))


@pytest.mark.parametrize("name", FORMS)
def test_this_version_writes_what_was_released(name: str) -> None:
    assert FORMS[name].hex() == golden(name).hex()


@pytest.mark.parametrize("name", EVENTS)
def test_events_are_read_as_they_were_written(name: str) -> None:
    assert decode_events(golden(name)) == (EVENTS[name],)
    assert type(EVENTS[name]) is TAGS[int(name.split("-")[1])]


def test_every_event_and_every_kind_of_state_has_a_golden_file() -> None:
    assert {type(event) for event in EVENTS.values()} == set(TAGS.values())
    assert {type(state) for _, state, _ in STATES.values()} - {type(None)} == set(KINDS.values())


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelopes_are_read_as_they_were_written(name: str) -> None:
    assert decode_envelope(golden(name)) == ENVELOPES[name]


@pytest.mark.parametrize("name", STATES)
def test_rows_are_read_as_they_were_written(name: str) -> None:
    assert decode_row(golden(name)) == decode_row(golden(written_name(name))) == STATES[name]


def test_checkpoints_and_cosignatures_are_read_as_they_were_written() -> None:
    assert decode_checkpoint(golden("checkpoint"), verify).checkpoint == CHECKPOINT
    assert decode_cosignature(golden("cosignature"), verify) == COSIGNATURE


def test_bodies_are_read_as_they_were_written() -> None:
    change = decode_change(decode_envelope(golden("envelope-change")).body or b"")
    assert change.events == (EVENTS["event-01-key-created"],)
    adoption = decode_adoption(decode_envelope(golden("envelope-adoption")).body or b"")
    assert adoption == (b"shared record", {"ab" * 32: b"other", "cd" * 32: b"wrapped"})


def test_proofs_are_found_right() -> None:
    local, shared = decode_record(golden("record-local")), decode_record(golden("record-shared"))
    assert is_authentic(local, RECORD_KEY)
    assert local.signed == golden("envelope-change")
    assert verify_signature(IDENTITIES[PEER].public_bytes, shared.signed, shared.proof)


def test_pulses_and_receipts_are_read_as_they_were_written() -> None:
    assert decode_pulse(golden("pulse"), verify) == PULSE
    assert verify_receipt(golden("receipt").decode(), verify) == RECEIPT


def test_a_head_is_read_as_it_was_written() -> None:
    assert PartitionHead.decode(golden("head")).encode() == golden("head") == partition_head().encode()
