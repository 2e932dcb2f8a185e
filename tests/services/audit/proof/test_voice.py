"""Regions cosign each other's digests by what they say beside their pulses, and never two histories."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from replication.records.record import Record, encode_record
from services.audit.proof.seen_digests import SeenDigests, seen_directory
from services.audit.proof.voice import DigestVoice, voice_key
from shared.audit.cosignature import decode_cosignature
from tests.services.audit.proof.region_proof import START, RegionProof
from tests.shared.audit.proven_trail import IDENTITIES, REGION, WITNESS, verify


class Speaking:
    """A region with its voice. `alarms`: the peers that were accused, and of what."""

    def __init__(self, directory: Path, region: str, peer: str) -> None:
        self.proof, self.peer = RegionProof(directory, region), peer
        self.alarms: list[tuple[str, str]] = []
        self.troubles: dict[str, str] = {}
        self.begin()

    def begin(self) -> None:
        """As at the start of a process."""
        proof = self.proof
        self.seen = SeenDigests(
            proof.region,
            seen_directory(proof.directory),
            IDENTITIES[proof.region].sign,
            verify,
            lambda *told: self.alarms.append(told),
            lambda: proof.now,
        )
        self.voice = DigestVoice(
            proof.region,
            proof.directory,
            self.seen,
            proof.inbox,
            verify,
            lambda: [self.peer],
            self.trouble,
            lambda: proof.now,
        )

    def trouble(self, place: str, what: str) -> None:
        self.troubles[place] = what

    def hear(self, other: "Speaking") -> None:
        for entry in other.voice.own([], served=True):
            assert self.voice.take(other.proof.region, entry)

    def cosigned(self) -> list[int]:
        """Which digests the peer has cosigned, by the own books."""
        found = self.proof.writer.books.all_cosignatures()
        return [decode_cosignature(one, verify).number for one in found]

    async def take_cosignatures(self) -> None:
        await self.proof.cosignature_round.run()
        self.proof.take_up()


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[tuple[Speaking, Speaking]]:
    pair = Speaking(tmp_path / "one", REGION, WITNESS), Speaking(tmp_path / "two", WITNESS, REGION)
    yield pair
    for one in pair:
        one.proof.close()


async def exchange(one: Speaking, other: Speaking) -> None:
    other.hear(one)
    one.hear(other)
    await one.take_cosignatures()


async def forked(one: Speaking, other: Speaking, directory: Path) -> Speaking:
    """The region `one` with another history, which the witness `other` has heard of."""
    one.proof.happen(START + 1)
    await one.proof.pass_hour()
    await exchange(one, other)
    turned = Speaking(directory / "turned", REGION, WITNESS)
    for _ in range(3):
        await turned.proof.pass_hour()
    other.hear(turned)
    turned.hear(other)
    other.hear(turned)
    return turned


def last_cosigned(witness: Speaking) -> int:
    kept = witness.seen.of(REGION)
    assert kept is not None
    return decode_cosignature(kept.cosignature, verify).number


async def test_a_digest_is_cosigned_and_the_books_have_it_once(regions: tuple[Speaking, Speaking]) -> None:
    one, other = regions
    one.proof.happen(START + 1)
    await one.proof.pass_hour()
    for _ in range(3):
        await exchange(one, other)
    assert one.cosigned() == [2]
    assert one.alarms == other.alarms == []


async def test_a_peer_that_was_away_cosigns_later(regions: tuple[Speaking, Speaking]) -> None:
    one, other = regions
    await one.proof.pass_hour()
    await exchange(one, other)
    for _ in range(40):
        await one.proof.pass_hour()
    for _ in range(4):
        await exchange(one, other)
    assert one.cosigned()[-1] == len(one.proof.digests()) == 42


async def test_a_region_that_is_not_served_cosigns_and_shows_nothing(regions: tuple[Speaking, Speaking]) -> None:
    one, other = regions
    await one.proof.pass_hour()
    assert one.voice.own([], served=False) == []
    other.hear(one)
    (said,) = other.voice.own([], served=False)
    one.voice.take(WITNESS, said)
    await one.take_cosignatures()
    assert one.cosigned() == [2]


async def test_two_histories_are_never_cosigned(regions: tuple[Speaking, Speaking], tmp_path: Path) -> None:
    one, other = regions
    one.proof.happen(START + 1)
    await one.proof.pass_hour()
    await exchange(one, other)
    turned = Speaking(tmp_path / "turned", REGION, WITNESS)
    for _ in range(3):
        await turned.proof.pass_hour()
    other.begin()  # what it has signed, it remembers
    other.hear(turned)
    turned.hear(other)
    assert "was put back or replaced" in turned.troubles[f"audit trail as {WITNESS} has seen it"]
    other.hear(turned)
    assert [peer for peer, _ in other.alarms] == [REGION]
    assert "two histories" in other.alarms[0][1]
    kept = other.seen.of(REGION)
    assert kept is not None
    assert decode_cosignature(kept.cosignature, verify).number == 2
    assert (seen_directory(other.proof.directory) / f"{REGION}.fork").exists()
    told = dict(other.seen.forks)
    assert list(told) == [REGION]
    other.begin()
    assert other.seen.forks == told
    other.seen.forget(REGION)
    other.begin()
    assert other.seen.forks == {}
    turned.proof.close()


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_peer_with_two_histories_is_cosigned_no_more(
    regions: tuple[Speaking, Speaking], tmp_path: Path, restarted: bool
) -> None:
    one, other = regions
    turned = await forked(one, other, tmp_path)
    if restarted:
        other.begin()
    await one.proof.pass_hour()
    other.hear(one)
    assert last_cosigned(other) == 2
    other.seen.forget(REGION)
    other.hear(one)
    assert last_cosigned(other) == 3
    turned.proof.close()


async def test_evidence_stays_where_the_peer_is_not_known_by_its_identity(
    regions: tuple[Speaking, Speaking], tmp_path: Path
) -> None:
    """As while the state of its witness is built anew, or once the peer has another one."""
    one, other = regions
    turned = await forked(one, other, tmp_path)
    directory, sign = seen_directory(other.proof.directory), IDENTITIES[WITNESS].sign
    unknowing = SeenDigests(WITNESS, directory, sign, lambda *_: False, lambda *_: None, lambda: START)
    assert unknowing.of(REGION) is None
    other.begin()
    other.hear(one)
    assert (list(other.seen.forks), other.seen.of(REGION)) == ([REGION], None)
    turned.proof.close()


async def test_evidence_that_could_not_be_written_is_written_before_it_is_told(
    regions: tuple[Speaking, Speaking], tmp_path: Path
) -> None:
    one, other = regions
    place = seen_directory(other.proof.directory) / f"{REGION}.fork"
    blocking = place.with_name(f"{place.name}.creating")
    blocking.mkdir(parents=True)
    turned = await forked(one, other, tmp_path)
    await one.proof.pass_hour()
    other.hear(one)
    assert (last_cosigned(other), other.seen.forks, other.alarms) == (2, {}, [])
    assert "cannot be kept" in other.troubles[f"audit digests of {REGION}"]
    blocking.rmdir()
    other.hear(one)
    assert (last_cosigned(other), list(other.seen.forks), len(other.alarms)) == (2, [REGION], 1)
    assert place.exists()
    turned.proof.close()


def test_evidence_that_cannot_be_read_is_evidence(regions: tuple[Speaking, Speaking]) -> None:
    _, other = regions
    place = seen_directory(other.proof.directory)
    place.mkdir()
    (place / f"{REGION}.fork").write_bytes(b"torn")
    other.begin()
    assert "cannot be read" in other.seen.forks[REGION]


async def test_a_witness_that_was_told_to_forget_begins_anew(regions: tuple[Speaking, Speaking]) -> None:
    one, other = regions
    await one.proof.pass_hour()
    other.hear(one)
    other.seen.forget(REGION)
    other.begin()
    assert other.seen.of(REGION) is None
    other.hear(one)
    assert other.seen.of(REGION) is not None


@pytest.mark.parametrize("said", [b"junk", b"\x93\xa1x\x90\x90"])
def test_junk_in_a_peers_log_is_told_and_passed_over(regions: tuple[Speaking, Speaking], said: bytes) -> None:
    _, other = regions
    assert other.voice.take(REGION, encode_record(Record(said, voice_key(REGION), b"")))
    assert other.troubles[f"audit digests of {REGION}"]


def test_what_is_no_word_on_digests_is_left_to_others(regions: tuple[Speaking, Speaking]) -> None:
    assert not regions[0].voice.take(WITNESS, encode_record(Record(b"", WITNESS, b"")))
