"""Entries: read as they were written, by later programs too."""

import msgspec
import pytest

from shared.audit.entry import NotAnEntry, accounts_of, decode_entry, encode_entry
from tests.services.audit.making import OTHER, OWN, entry, key_arn

ENTRY = entry(resources=(key_arn(1, OTHER),))


def test_an_entry_is_read_as_it_was_written() -> None:
    assert decode_entry(encode_entry(ENTRY)) == ENTRY


def test_what_a_later_version_has_appended_is_passed_over() -> None:
    fields = msgspec.msgpack.decode(encode_entry(ENTRY))
    assert decode_entry(msgspec.msgpack.encode([*fields, "later"])) == ENTRY


@pytest.mark.parametrize("junk", [b"", b"\x90", b"\xc1", encode_entry(ENTRY)[:-3]])
def test_junk_is_no_entry(junk: bytes) -> None:
    with pytest.raises(NotAnEntry):
        decode_entry(junk)


def test_a_call_stands_in_the_trails_of_caller_and_owner_and_a_refusal_in_the_callers_alone() -> None:
    refused = msgspec.structs.replace(ENTRY, error=("AccessDeniedException", "no"))
    internal = msgspec.structs.replace(ENTRY, identity=None)
    assert accounts_of(ENTRY) == (OWN, OTHER)
    assert accounts_of(refused) == (OWN,)
    assert accounts_of(internal) == (OTHER,)
