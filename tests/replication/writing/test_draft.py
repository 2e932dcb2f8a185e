"""Drafts and answers on their way over the socket."""

import msgpack
import pytest
from msgspec.structs import replace

from replication.fold.judge import Verdict
from replication.writing.draft import (
    Answer,
    Draft,
    MalformedDraft,
    decode_answer,
    decode_draft,
    domain_of,
    encode_answer,
    encode_draft,
    settled,
)
from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret
from tests.replication.written_log import request

FULL = Draft(
    3, b"command", (("key/1/2", 4), ("key/1/3", None)), (3, 1), (2, "us-east-1"), ("eu-west-1", 7, b"hash"),
    {"eu-west-1": 7}, 12, replace(request(), parameters={"A": [1, {"b": None}]}), b"shared", b"body",
)  # fmt: skip


@pytest.mark.parametrize("draft", [FULL, Draft(0, None, ())])
def test_draft_arrives_as_it_was_sent(draft: Draft) -> None:
    assert decode_draft(encode_draft(draft)) == draft


def test_answer_arrives_as_it_was_sent() -> None:
    answer = Answer("applied", "key id", 12)
    assert decode_answer(encode_answer(answer)) == answer


@pytest.mark.parametrize(
    "bytes_",
    [b"", b"\xc1", msgpack.packb(1), msgpack.packb([]), msgpack.packb([0] * 30), msgpack.packb([None] * 11)]
    + [encode_draft(FULL)[:-1], msgpack.packb([*FULL[:8], "no request", *FULL[9:]])],
)
def test_other_bytes_are_no_draft(bytes_: bytes) -> None:
    with pytest.raises(MalformedDraft):
        decode_draft(bytes_)


def test_only_what_took_effect_is_settled() -> None:
    assert [verdict for verdict in Verdict if settled(verdict)] == [Verdict.APPLIED, Verdict.REPEATED]


def test_domain_is_that_of_all_secrets() -> None:
    one, other = (WrappedSecret(3, epoch, bytes(NONCE_LENGTH), b"sealed").encode() for epoch in (1, 2))
    assert domain_of([]) is None
    assert domain_of([one, one]) == (3, 1)
    with pytest.raises(ValueError, match="several domain keys"):
        domain_of([one, other])
