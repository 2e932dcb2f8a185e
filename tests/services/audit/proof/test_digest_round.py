"""Digests of a trail on disk: one a period, each of all that has come, whoever makes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.audit.log_takers import Covered
from services.audit.proof.books_taker import REFUSED
from shared.audit.findings import Finding
from shared.audit.proof import proof_of
from tests.services.audit.proof.region_proof import HOUR, START, RegionProof
from tests.shared.audit.proven_trail import REGION, WITNESS, verify


@pytest.fixture
def proof(tmp_path: Path) -> Iterator[RegionProof]:
    made = RegionProof(tmp_path)
    yield made
    made.close()


async def test_each_period_has_its_digest_also_an_empty_one(proof: RegionProof) -> None:
    proof.happen(START + 1, START + 2)
    await proof.pass_hour()
    await proof.pass_hour()
    first, second, third = (one.header for one in proof.digests())
    assert (first.entries, first.oldest, first.newest) == (2, START + 1, START + 2)
    assert (first.start, first.end) == (START, START + HOUR)
    assert (second.start, second.end, second.entries, second.oldest) == (START + HOUR, START + 2 * HOUR, 2, None)
    assert third.number == 3


async def test_there_is_one_digest_a_period(proof: RegionProof) -> None:
    proof.happen(START + 1)
    for _ in range(3):
        await proof.digest_round.run()
    proof.take_up()
    await proof.digest_round.run()
    assert [one.header.number for one in proof.digests()] == [1]
    assert len(proof.records) == 2


async def test_digests_go_on_after_a_clock_that_had_been_ahead(proof: RegionProof) -> None:
    await proof.pass_hour()
    proof.now += 1_000 * HOUR
    await proof.pass_hour()
    proof.now -= 1_000 * HOUR
    assert proof.digest_round.figures()["digest_age_seconds"] > 900 * 3600
    proof.happen(proof.now)
    await proof.pass_hour()
    *_, ahead, first, last = (one.header for one in proof.digests())
    assert (first.number, last.number, last.entries) == (ahead.number + 1, ahead.number + 2, 1)
    assert ahead.end > first.start
    assert first.start < first.end == last.start < last.end <= proof.now
    found: list[Finding] = []
    proof_of(REGION, proof.trail.digests(0), [], verify, found.append)
    assert found == []


async def test_a_digest_is_made_only_once_all_that_has_arrived_is_in_it(proof: RegionProof) -> None:
    proof.happen(START + 1)
    await proof.pass_hour()
    proof.happen(START + HOUR + 2)
    proof.happen(START + HOUR + 3)
    await proof.pass_hour()
    last = proof.digests()[-1]
    assert [(row.chain, row.number) for row in last.rows] == [(proof.chain.name, 3)]


async def test_of_two_nodes_digests_the_first_in_the_log_counts(proof: RegionProof, tmp_path: Path) -> None:
    other = RegionProof(tmp_path / "other", records=proof.records)
    proof.happen(START + 1)
    other.take_up()
    await proof.digest_round.run()
    await other.digest_round.run()
    proof.take_up()
    other.take_up()
    assert proof.digests() == other.digests()
    assert (len(proof.digests()), proof.writer.books.counts()) == (1, {})
    other.close()


async def test_a_digest_of_the_other_node_that_knew_less_leaves_the_rest_to_the_next(
    proof: RegionProof, tmp_path: Path
) -> None:
    other = RegionProof(tmp_path / "other", records=proof.records)
    proof.happen(START + 1)
    other.take_up()
    await other.digest_round.run()
    late = proof.records.pop()
    proof.happen(START + 2)
    await proof.digest_round.run()
    proof.records[2:] = [late]
    proof.take_up()
    await proof.pass_hour()
    assert [one.header.entries for one in proof.digests()] == [1, 2]
    other.close()


async def test_a_start_goes_on_where_the_last_digest_was(proof: RegionProof, tmp_path: Path) -> None:
    proof.happen(START + 1)
    await proof.pass_hour()
    proof.happen(START + HOUR + 5)
    proof.close()
    again = RegionProof(tmp_path, records=[])
    again.now = proof.now + HOUR
    await again.digest_round.run()
    again.take_up()
    header = again.digests()[-1].header
    assert (header.entries, header.oldest) == (2, START + HOUR + 5)
    again.close()


async def test_what_another_region_has_signed_is_no_digest_here(proof: RegionProof, tmp_path: Path) -> None:
    other = RegionProof(tmp_path / "other", WITNESS, proof.records)
    await other.digest_round.run()
    proof.take_up()
    assert (proof.digests(), proof.writer.books.counts()) == ([], {REFUSED: 1})
    other.close()


async def test_digests_cover_what_they_know(proof: RegionProof) -> None:
    proof.happen(START + 1, START + 2)
    await proof.pass_hour()
    proof.happen(START + HOUR + 5)
    assert Covered(proof.writer.books)() == {proof.chain.name: 2}


async def test_a_trail_that_was_made_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "mark").write_bytes(b"500")
    proof = RegionProof(tmp_path)
    proof.happen(START + 1)
    await proof.pass_hour()
    assert proof.digests()[0].header.entries == 1
    proof.close()
