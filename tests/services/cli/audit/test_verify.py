"""`keytide audit verify`, `digests` and `prove` on a directory of two regions: what they say, and the exit status."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from replication.records.record import authenticate
from services.audit.audit_log import open_audit_log
from services.audit.proof.evidence import FileEvidence, TrailEvidence, write_evidence
from services.audit.proof.seen_digests import SeenDigests, seen_directory
from services.audit.trail.books import TrailBooks
from services.audit.trail.forms import Hole
from services.audit.trail.segment import segments_in
from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings, read_node_settings
from shared.audit.frame import encode_frame
from shared.crypto.region_identity import verify_signature
from tests.services.audit.making import KEY, Chaining, entry
from tests.services.audit.proof.region_proof import HOUR, START, RegionProof

REGIONS = ("us-east-1", "eu-west-1")
CHAIN = "us-east-1/worker-1/00000000000000aa"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """us-east-1 has two digests over 12 entries in two segments, cosigned by eu-west-1, and an entry since."""
    directory = tmp_path_factory.mktemp("keytide")
    home, peer = prepare(Topology(REGIONS, directory, 8100, 1, kafka=False), START).nodes
    proof = RegionProof(home.trail_directory.parent, home.region, identity=open_keys(home).identity)
    asyncio.run(_write(proof, _witness(proof, peer)))
    proof.close()
    return directory


async def _write(proof: RegionProof, witness: SeenDigests) -> None:
    for time in range(6):
        proof.happen(START + 2 * time, START + 2 * time + 1)
    await proof.pass_hour()
    proof.happen(START + 2 * HOUR + 7)
    witness.show(proof.region, [digest.signed for digest in proof.digests()])
    cosignature = witness.cosignature(proof.region)
    assert cosignature is not None
    await proof.append(cosignature)
    proof.take_up()


def _witness(proof: RegionProof, peer: NodeSettings) -> SeenDigests:
    def verify(_region: str, message: bytes, signature: bytes) -> bool:
        return verify_signature(proof.identity.public_bytes, message, signature)

    place, sign = seen_directory(peer.trail_directory), open_keys(peer).identity.sign
    return SeenDigests(peer.region, place, sign, verify, lambda *_: None, lambda: START)


@pytest.fixture
def directory(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def verify(directory: Path, *more: str) -> int:
    return main(["audit", "verify", "--region", "us-east-1", "--directory", str(directory), *more])


def change(directory: Path, segment: int, statement: str) -> None:
    trail = read_node_settings(directory / "us-east-1", "us-east-1").trail_directory
    path = trail / "books" if segment == BOOKS else segments_in(trail)[segment][1]
    connection = sqlite3.connect(path)
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_a_whole_trail(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(written) == 0
    out = capsys.readouterr().out
    assert "us-east-1: 13 entries, 2 digests: all as it was signed up to" in out
    assert "cosigned by 1 region; 1 entry since are not proven yet" in out


def test_each_node_of_a_region_has_a_copy_that_is_checked_by_itself(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(directory / "us-east-1", directory / "us-east-1.node-2")
    assert verify(directory, "--node", "node-2") == 0
    change(directory, 0, FLIPPED)
    assert (verify(directory), verify(directory, "--node", "node-2")) == (1, 0)
    capsys.readouterr()
    assert verify(directory, "--node", "node-3") == 2
    assert "us-east-1 has no further node node-3" in capsys.readouterr().err


def test_the_digests_are_listed_with_who_has_cosigned_them(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "digests", "--directory", str(written), "--region", "us-east-1", "--json"]) == 0
    rows = orjson.loads(capsys.readouterr().out)
    assert [(row["number"], row["entries"], row["cosigned_by"]) for row in rows] == [
        (1, 12, ["eu-west-1"]),
        (2, 12, ["eu-west-1"]),
    ]


BOOKS = -1
FLIPPED = "UPDATE frames SET frame = CAST(substr(frame, 1, length(frame) - 1) || x'00' AS BLOB) WHERE ordinal = 3"
SWAPPED = "UPDATE frames SET frame = (SELECT frame FROM frames AS o WHERE o.ordinal = 5 - frames.ordinal) WHERE ordinal IN (2, 3)"  # noqa: E501
INSERTED = "INSERT INTO frames SELECT 999, chain, first, last, frame FROM frames WHERE ordinal = 2"
REPLACED = "UPDATE digests SET signed = (SELECT signed FROM digests WHERE number = 2) WHERE number = 1"
TAMPERS = {
    "a byte of an entry": (0, FLIPPED, f"changed: {CHAIN}, entry 6"),
    "a row deleted": (0, "DELETE FROM frames WHERE ordinal = 3", f"missing: {CHAIN}, entries 5 to 6"),
    "rows swapped": (0, SWAPPED, f"missing: {CHAIN}, entries 3 to 4"),
    "a row inserted": (0, INSERTED, f"added: {CHAIN}, entries 3 to 4"),
    "a row of junk": (0, "UPDATE frames SET frame = x'00' WHERE ordinal = 2", "unreadable: frame 2 in"),
    "a row of text": (0, "UPDATE frames SET frame = 'text' WHERE ordinal = 2", "unreadable: frame 2 in"),
    "a recent row deleted": (1, "DELETE FROM recent", f"index: {CHAIN}, entry 13"),
    "a recent row's keys changed": (1, "UPDATE recent SET keys = x'00'", f"index: {CHAIN}, entry 13"),
    "a recent row of nothing": (1, "INSERT INTO recent VALUES(1, 2, 0, x'00')", "a row of frame 2, entry 1 in it"),
    "an indexed row deleted": (0, "DELETE FROM entries WHERE number = 2", f"index: {CHAIN}, entry 3"),
    "an indexed row elsewhere": (0, "UPDATE entries SET time = 1 WHERE number = 2", "another time of it"),
    "a run deleted": (0, "DELETE FROM runs WHERE first = 0", f"index: {CHAIN}, entry 1,"),
    "a run made shorter": (0, "UPDATE runs SET latest = 1 WHERE first = 0", "run 0 is not in the order of time"),
    "a run made endless": (0, "UPDATE runs SET last = 1 << 60 WHERE first = 8", "run 8 is not in the order of time"),
    "keys deleted": (0, "DELETE FROM postings WHERE run = 0", "the index lacks entries, or has others: frame 1,"),
    "keys of fewer": (0, "UPDATE postings SET numbers = substr(numbers, 3)", "the index lacks entries"),
    "sealed too early": (1, "INSERT INTO facts VALUES('sealed', 1)", "said to be sealed"),
    "a head beyond the last frame": (1, "UPDATE chains SET number = number + 5", f"index: {CHAIN}, entry 13"),
    "another head": (1, "UPDATE chains SET digest = zeroblob(32)", f"index: {CHAIN}, entry 13"),
    "the last digest dropped": (BOOKS, "DELETE FROM digests WHERE number = 2", "rolled back: digest 2"),
    "a digest dropped": (BOOKS, "DELETE FROM digests WHERE number = 1", "digest missing: digest 1"),
    "a digest of text": (BOOKS, "UPDATE digests SET signed = 'text' WHERE number = 1", "digest changed: digest 1"),
    "a digest of nothing": (BOOKS, "UPDATE digests SET signed = NULL WHERE number = 1", "digest changed: digest 1"),
    "a digest replaced": (BOOKS, REPLACED, "digest changed: digest 1"),
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_tamper_on_the_files_is_found_and_placed(
    directory: Path, tamper: str, capsys: pytest.CaptureFixture[str]
) -> None:
    segment, statement, told = TAMPERS[tamper]
    change(directory, segment, statement)
    assert verify(directory) == 1
    assert told in capsys.readouterr().out


def put_in(directory: Path, ordinal: int, time: int, chain: str = "node-1/worker-1/ffffffffffffffff") -> None:
    frame = Chaining(chain).frame(entry(999, time=time, user="framed"))
    path = segments_in(directory / "us-east-1" / "audit" / "trail")[0 if ordinal < 3 else -1][1]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO frames VALUES(?, 999, 1, 1, ?)", (ordinal, encode_frame(frame)))


@pytest.mark.parametrize(("ordinal", "kind"), [(0, "added"), (99999, "in no digest")])
def test_a_backdated_entry_of_a_new_chain_is_found(
    directory: Path, ordinal: int, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put_in(directory, ordinal, START + 1500)
    assert verify(directory) == 1
    assert f"  {kind}: node-1/worker-1/ffffffffffffffff, entry 1, " in capsys.readouterr().out


def test_a_segment_that_is_gone_is_missed(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    segments_in(directory / "us-east-1" / "audit" / "trail")[0][1].unlink()
    assert verify(directory) == 1
    assert f"missing: {CHAIN}, entries 1 to 10" in capsys.readouterr().out


def test_a_damaged_file_is_named(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = segments_in(directory / "us-east-1" / "audit" / "trail")[0][1]
    path.write_bytes(b"junk" + path.read_bytes()[4:])
    assert verify(directory) == 1
    out = capsys.readouterr().out
    assert f"{path} cannot be" in out
    assert f"missing: {CHAIN}, entries 1 to 10" in out


def test_both_put_back_together_is_told_by_what_was_kept_elsewhere(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = shutil.copy(directory / "eu-west-1" / "audit" / "seen" / "us-east-1", tmp_path / "kept")
    shutil.rmtree(directory / "eu-west-1" / "audit")
    change(directory, -1, "DELETE FROM digests WHERE number = 2")
    change(directory, -1, "DELETE FROM cosignatures")
    assert verify(directory) == 0
    assert verify(directory, "--seen", str(kept)) == 1
    assert "eu-west-1 has seen digest 2, the trail here ends with 1" in capsys.readouterr().out


def test_a_trail_in_a_file_is_proven_by_cards_alone(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cards, file = tmp_path / "cards", tmp_path / "proof"
    cards.mkdir()
    for region in REGIONS:
        settings = read_node_settings(written / region, region)
        (cards / f"{region}.card").write_bytes(open_keys(settings).encoded_card)
    assert main(["audit", "prove", "--region", "us-east-1", "--directory", str(written), "--file", str(file)]) == 0
    elsewhere = ("audit", "verify", "--directory", str(tmp_path / "none"), "--file", str(file), "--cards", str(cards))
    assert main(elsewhere) == 0
    whole = file.read_bytes()
    last = list(TrailEvidence(written / "us-east-1" / "audit" / "trail").frames())[2].frame
    place = whole.index(last) + len(last) - 1
    file.write_bytes(whole[:place] + b"\x00" + whole[place + 1 :])
    capsys.readouterr()
    assert main([*elsewhere, "--json"]) == 1
    (report,) = orjson.loads(capsys.readouterr().out)
    assert [(one["chain"], one["first"], one["last"]) for one in report["findings"]] == [(CHAIN, 6, 6)]
    file.write_bytes(whole[:-5])
    assert main(elsewhere) == 1
    own, peer = (cards / f"{region}.card" for region in REGIONS)
    other_card = peer.read_bytes()
    peer.unlink()
    file.write_bytes(whole)
    capsys.readouterr()
    assert main(elsewhere) == 0
    assert "cosignatures not checked: no card of eu-west-1" in capsys.readouterr().out
    peer.write_bytes(other_card)
    own.unlink()
    file.write_bytes(whole)
    capsys.readouterr()
    assert main(elsewhere) == 2
    assert f"no card of us-east-1 in {cards}" in capsys.readouterr().err


def test_a_finding_outside_of_the_time_is_left_out(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(directory, -1, "DELETE FROM digests WHERE number = 2")
    assert verify(directory, "--since", "2030-01-01T00:00:00Z") == 0
    assert verify(directory, "--until", "2030-01-01T00:00:00Z") == 1


def _without_peers(directory: Path) -> Path:
    shutil.rmtree(directory / "eu-west-1" / "audit")
    return directory / "us-east-1" / "audit"


def test_books_that_are_gone_are_missed(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (_without_peers(directory) / "trail").glob("books*"):
        file.unlink()
    assert verify(directory) == 1
    assert "digest missing: the books of the trail are not there" in capsys.readouterr().out


def test_a_trail_that_is_gone_is_told_by_the_mark_beside_it(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = _without_peers(directory)
    shutil.rmtree(audit / "trail")
    (audit / "digested").unlink(missing_ok=True)
    assert verify(directory) == 2
    assert "there is no audit trail of us-east-1" in capsys.readouterr().err
    (audit / "digested").write_bytes(b"9")
    assert verify(directory) == 1
    assert "says that there were digests, and the trail has none" in capsys.readouterr().out


async def test_digests_that_are_gone_are_told_by_the_audit_log(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (digest, *_) = TrailEvidence(_without_peers(directory) / "trail").digests()
    change(directory, BOOKS, "DELETE FROM digests")
    change(directory, BOOKS, "DELETE FROM cosignatures")
    (directory / "us-east-1" / "audit" / "digested").unlink(missing_ok=True)
    assert verify(directory) == 0
    assert "as it was signed" not in capsys.readouterr().out
    log = await open_audit_log(read_node_settings(directory / "us-east-1", "us-east-1"))
    await log.append(0, [authenticate(digest[1], KEY)])
    await log.close()
    assert verify(directory) == 1
    assert "the audit log has digests, and the trail has none" in capsys.readouterr().out


def test_what_cannot_be_checked_is_another_status_than_what_was_found(written: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk")
    for wrong in (("--file", str(junk)), ("--file", "/none"), ("--cards", "/none"), ("--seen", str(junk))):
        assert verify(written, *wrong) == 2, wrong
    assert verify(tmp_path) == 2
    assert main(["audit", "verify", "--region", "eu-north-1", "--directory", str(written)]) == 2


def test_a_proof_in_a_file_has_the_holes_that_the_trail_has_noted(directory: Path, tmp_path: Path) -> None:
    trail = directory / "us-east-1" / "audit" / "trail"
    books = TrailBooks(trail, write=True)
    books.add_hole(Hole(CHAIN, 3, 4, bytes(32), START, "they never came"))
    books.close()
    with (tmp_path / "proof").open("wb") as file:
        write_evidence(file, "us-east-1", TrailEvidence(trail))
    assert FileEvidence(tmp_path / "proof").after_holes() == [(CHAIN, 5)]
    assert [*FileEvidence(tmp_path / "proof").frames()][-1].frame == [*TrailEvidence(trail).frames()][-1].frame


def test_a_changed_entry_is_told_whatever_time_is_asked_for(directory: Path) -> None:
    change(directory, 0, FLIPPED)
    assert verify(directory, "--since", "2030-01-01T00:00:00Z") == 1
