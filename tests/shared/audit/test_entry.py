"""Entries: read as they were written, by later programs too."""

import msgspec
import pytest

from shared.audit.entry import FORM, AuditEntry, Identity, NotAnEntry, accounts_of, decode_entry, encode_entry

ALICE = Identity("IAMUser", "111122223333", "arn:aws:iam::111122223333:user/alice", "AIDA1", "AKIA1")
KEY = "arn:aws:kms:us-east-1:444455556666:key/1"
ENTRY = AuditEntry(
    form=FORM,
    time=1,
    service="kms",
    operation="Encrypt",
    identity=ALICE,
    request_id="id",
    source_address="127.0.0.1",
    user_agent="aws-cli",
    secure=False,
    parameters={"KeyId": KEY},
    response=None,
    additional=None,
    resources=(KEY,),
    error=None,
    changes=False,
    waited=True,
)


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
    assert accounts_of(ENTRY) == ("111122223333", "444455556666")
    assert accounts_of(refused) == ("111122223333",)
    assert accounts_of(internal) == ("444455556666",)
