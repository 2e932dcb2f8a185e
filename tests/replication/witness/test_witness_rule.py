"""What may be served after a start: the table of the rule, row by row."""

import pytest

from replication.records.position import EMPTY_HEAD, Head
from replication.witness.witness_rule import Finding, Found, Rule, Ruling, Service, Situation, Why, compare, ruling_of
from tests.replication.checkpoints import head

STARTED = 1_000_000
RULE = Rule(limit=60_000, patience=3_000)
EXTENDS, BEHIND, UNKNOWN = (Finding(found) for found in (Found.EXTENDS, Found.BEHIND, Found.UNKNOWN))
SHORT, FORKED = Finding(Found.SHORT, "cut"), Finding(Found.FORKED, "forked")
SERVED = Ruling(Service.WHOLE, Why.WITNESSED, "witnessed by eu-west-1")
REFUSED = Ruling(Service.NONE, Why.CONTRADICTED, "cut")


def situation(
    *findings: Finding, peers: int = 2, vouched: bool = False, since: int = STARTED, before: Ruling | None = None
) -> Situation:
    named = {f"witness-{number}": finding for number, finding in enumerate(findings)}
    return Situation(peers, 2, named, vouched, STARTED, since, before)


@pytest.mark.parametrize(
    ("given", "after", "service", "why"),
    [
        (situation(peers=0), 0, Service.WHOLE, Why.ALONE),
        (situation(peers=0)._replace(named=0, is_caught_up=False), 0, Service.WHOLE, Why.ALONE),
        (situation(peers=0)._replace(is_caught_up=False), 0, Service.NONE, Why.ASKING),
        (situation(peers=0)._replace(is_caught_up=False), 99_999, Service.NONE, Why.ASKING),
        (situation(peers=1)._replace(is_caught_up=False), 3_000, Service.READS, Why.UNWITNESSED),
        (situation(), 0, Service.NONE, Why.ASKING),
        (situation(), 2_999, Service.NONE, Why.ASKING),
        (situation(), 3_000, Service.READS, Why.UNWITNESSED),
        (situation(), 59_999, Service.READS, Why.UNWITNESSED),
        (situation(), 60_000, Service.NONE, Why.OVERDUE),
        (situation(since=STARTED - 58_000), 1_999, Service.NONE, Why.ASKING),
        (situation(since=STARTED - 58_000), 3_000, Service.NONE, Why.OVERDUE),
        (situation(EXTENDS), 0, Service.WHOLE, Why.WITNESSED),
        (situation(EXTENDS), 99_999, Service.WHOLE, Why.WITNESSED),
        (situation(BEHIND), 0, Service.NONE, Why.ASKING),
        (situation(UNKNOWN), 4_000, Service.NONE, Why.ASKING),
        (situation(BEHIND), 99_999, Service.NONE, Why.ASKING),
        (situation(BEHIND, EXTENDS), 0, Service.WHOLE, Why.WITNESSED),
        (situation(SHORT), 0, Service.NONE, Why.CONTRADICTED),
        (situation(FORKED), 99_999, Service.NONE, Why.CONTRADICTED),
        (situation(EXTENDS, SHORT), 0, Service.NONE, Why.CONTRADICTED),
        (situation(vouched=True), 0, Service.WHOLE, Why.VOUCHED),
        (situation(vouched=True), 99_999, Service.WHOLE, Why.VOUCHED),
        (situation(FORKED, vouched=True), 0, Service.NONE, Why.CONTRADICTED),
        (situation(before=SERVED), 0, Service.WHOLE, Why.WITNESSED),
        (situation(BEHIND, before=SERVED), 0, Service.WHOLE, Why.WITNESSED),
        (situation(SHORT, before=SERVED), 0, Service.NONE, Why.CONTRADICTED),
        (situation(EXTENDS, before=REFUSED), 0, Service.NONE, Why.CONTRADICTED),
        (situation(before=Ruling(Service.READS, Why.UNWITNESSED, "", 5)), 0, Service.NONE, Why.ASKING),
    ],
)
def test_the_first_row_that_fits_decides(given: Situation, after: int, service: Service, why: Why) -> None:
    ruling = ruling_of(given, RULE, STARTED + after)
    assert (ruling.service, ruling.why) == (service, why)


def test_a_limit_of_zero_serves_nothing_unwitnessed() -> None:
    assert ruling_of(situation(), Rule(0, 3_000), STARTED + 3_000).why is Why.OVERDUE


def test_a_ruling_says_when_it_ends_by_itself() -> None:
    assert ruling_of(situation(), RULE, STARTED).until == STARTED + 3_000
    assert ruling_of(situation(since=STARTED - 5), RULE, STARTED + 3_000).until == STARTED - 5 + 60_000
    assert ruling_of(situation(EXTENDS), RULE, STARTED).until is None


@pytest.mark.parametrize(
    ("own", "signed", "found"),
    [
        (EMPTY_HEAD, EMPTY_HEAD, Found.EXTENDS),
        (head(5), EMPTY_HEAD, Found.EXTENDS),
        (head(5), head(5), Found.EXTENDS),
        (head(5), head(5, 1), Found.FORKED),
        (head(5), head(4), Found.EXTENDS),
        (head(5), head(4, 1), Found.FORKED),
        (head(5), head(2), Found.UNKNOWN),
        (head(5), head(6), Found.BEHIND),
        (EMPTY_HEAD, head(1), Found.BEHIND),
    ],
)
def test_a_log_extends_what_it_had_at_that_sequence(own: Head, signed: Head, found: Found) -> None:
    remembered = {sequence: head(sequence).digest for sequence in (3, 4)}
    assert compare(own, remembered.get, signed) is found
