"""One family of a key in two regions, as its traces tell it: request, record, and what the other region makes of it.

A real receiver takes the spans, over HTTP; the regions run in this process, with their logs and feeds.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from services.region_node.traced.author import TracedAuthor
from services.tracing.settings import ENDPOINT_VARIABLE
from tests.services.region_node.running_replicator import REGIONS, eventually
from tests.services.region_node.serving import HOME, Serving, serving
from tests.services.tracing.receiver import Received, Receiver, receiving

PEER = REGIONS[1]
CLIENTS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENTS_SPAN = "00f067aa0ba902b7"
PLAINTEXT = "cGxhaW50ZXh0IG9mIHRoZSB0ZXN0"
CONTEXT = {"patient": "value-of-the-encryption-context"}


class Traced(NamedTuple):
    """A region that serves, with a peer, and what a receiver got of both while a key was made, replicated and used."""

    region: Serving
    receiver: Receiver
    key_arn: str
    ciphertext: str


@pytest.fixture(scope="module")
def traced() -> Iterator[Traced]:
    with pytest.MonkeyPatch.context() as patch, receiving() as receiver, asyncio.Runner() as runner:
        patch.setenv(ENDPOINT_VARIABLE, receiver.url)
        region = serving(runner, PEER)
        try:
            made = region.ask("CreateKey", MultiRegion=True)["KeyMetadata"]
            region.ask("ReplicateKey", KeyId=made["KeyId"], ReplicaRegion=PEER)
            used = region.ask("Encrypt", KeyId=made["KeyId"], Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)
            region.send("Encrypt", b'{"KeyId": "mrk-none", "Plaintext": "AA=="}')
            told = (b"traceparent", f"00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01".encode())
            arrived = region.request("DescribeKey", json.dumps({"KeyId": made["KeyId"]}).encode())
            runner.run(region._answer(arrived._replace(headers=(*arrived.headers, told))))
            runner.run(eventually(lambda: _is_whole(receiver)))
            yield Traced(region, receiver, made["Arn"], used["CiphertextBlob"])
        finally:
            region.close()


def _is_whole(receiver: Receiver) -> bool:
    """Whether every process has sent what it had: each posts for itself, once a second."""
    records = {span.attributes.get("keytide.record.trace") for span in receiver.named("submit")}
    told = [{span.trace for span in receiver.named(name)} for name in ("publish", "write", "adopt")]
    requests = {span.trace for span in receiver.named("submit")}
    applied = {span.trace for span in receiver.named("apply", HOME)}
    whole = len(records) == 2 and all(records <= traces for traces in told) and requests <= applied
    return whole and bool(receiver.named("DescribeKey"))


def only(spans: list[Received]) -> Received:
    (span,) = spans
    return span


def below(traced: Traced, parent: Received) -> dict[str, Received]:
    """The children of a span by their names, the last of each."""
    within = (parent.trace, parent.span)
    return {span.name: span for span in traced.receiver.spans if (span.trace, span.parent) == within}


@pytest.mark.parametrize("operation", ["CreateKey", "ReplicateKey"])
def test_a_request_has_its_steps_below_it(traced: Traced, operation: str) -> None:
    request = only(traced.receiver.named(operation))
    steps = below(traced, request)
    assert set(steps) == {"authenticate", "authorize", "decide", "submit"}
    assert set(below(traced, steps["submit"])) == {"append", "apply"}
    assert request.parent == ""
    assert {request.start <= step.start <= step.end <= request.end for step in steps.values()} == {True}
    assert (request.attributes["keytide.outcome"], request.attributes["http.response.status_code"]) == ("OK", "200")
    assert len(request.attributes["aws.request_id"]) == 36


@pytest.mark.parametrize("operation", ["CreateKey", "ReplicateKey"])
def test_request_and_record_are_found_from_either_side(traced: Traced, operation: str) -> None:
    submit = below(traced, only(traced.receiver.named(operation)))["submit"]
    record = submit.attributes["keytide.record.trace"]
    publish = only([span for span in traced.receiver.named("publish", HOME) if span.trace == record])
    assert submit.links == ((record, publish.span),)
    assert publish.parent == ""
    write = below(traced, publish)["write"]
    assert (write.region, write.links) == (HOME, ((submit.trace, submit.span),))


@pytest.mark.parametrize("operation", ["CreateKey", "ReplicateKey"])
def test_the_other_regions_adoption_is_in_the_records_trace(traced: Traced, operation: str) -> None:
    record = below(traced, only(traced.receiver.named(operation)))["submit"].attributes["keytide.record.trace"]
    publish = only([span for span in traced.receiver.named("publish") if span.trace == record])
    adopt = below(traced, publish)["adopt"]
    assert (adopt.region, adopt.attributes["keytide.peer"]) == (PEER, HOME)
    assert adopt.attributes["keytide.record.number"] == publish.attributes["keytide.record.number"]
    applied = below(traced, adopt)["apply"]
    assert (applied.region, applied.end) == (PEER, adopt.end)
    assert publish.start <= adopt.end


def test_a_clients_trace_goes_on(traced: Traced) -> None:
    request = only(traced.receiver.named("DescribeKey"))
    assert (request.trace, request.parent) == (CLIENTS_TRACE, CLIENTS_SPAN)
    assert below(traced, request)["authorize"].attributes["keytide.action"] == "kms:DescribeKey"


def test_a_refusal_is_an_outcome(traced: Traced) -> None:
    refused = [span for span in traced.receiver.named("Encrypt") if span.attributes["keytide.outcome"] != "OK"]
    assert only(refused).attributes["keytide.outcome"] == "NotFoundException"


def test_a_request_names_the_key_that_it_is_about(traced: Traced) -> None:
    used = [span for span in traced.receiver.named("Encrypt") if span.attributes["keytide.outcome"] == "OK"]
    assert only(used).attributes["keytide.key"] == traced.key_arn


def test_spans_say_nothing_that_a_client_keeps_to_itself(traced: Traced) -> None:
    told = b"".join(traced.receiver.bodies)
    secret = traced.region.administrator.secret.reveal().decode()
    kept = {PLAINTEXT, *CONTEXT, *CONTEXT.values(), traced.ciphertext[:40], secret}
    assert [one for one in kept if one.encode() in told] == []
    assert traced.key_arn.encode() in told


def test_nothing_is_kept_of_a_request_that_has_ended(traced: Traced) -> None:
    authors = [partition.author for partition in traced.region.region.replicator._partitions]
    assert [(author._asking, author._sent) for author in authors if isinstance(author, TracedAuthor)] == [
        ({}, {})
    ] * len(authors)


def test_spans_that_left_are_counted(traced: Traced) -> None:
    figures: Any = traced.region.region.told["figures"]
    counted = {labels: value for family, labels, value in figures if family == "trace_spans"}
    assert counted[("replicator", "sent")] > 0
    assert (counted[("replicator", "lost")], counted[("replicator", "dropped")]) == (0, 0)
