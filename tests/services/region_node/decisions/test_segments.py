"""What is recorded comes back, in files that are bounded and private."""

from itertools import count
from pathlib import Path

import msgpack
import pytest

from services.region_node.decisions.record import Recorded, digest_of, encode
from services.region_node.decisions.segments import SEGMENTS, Segments, recorded_in
from tests.services.region_node.decisions.examples import NOW, REQUEST_ID, recorded
from tests.shared.policy.why.questions import ALLOWED, HOPELESS, REFUSED, question

MAXIMUM = SEGMENTS * 2_000


def segments(directory: Path, number: int = 1) -> Segments:
    times = count(NOW)
    return Segments(directory, number, MAXIMUM, lambda: next(times))


EVERY = {**REFUSED, **HOPELESS, **ALLOWED}


@pytest.mark.parametrize("name", EVERY)
def test_every_decision_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    asked = EVERY[name][1]
    written = recorded(asked, encryption_context={"k": "v"}, context={"aws:tagkeys": ("a", "b"), "x": "y"})
    segments(tmp_path).append(encode(written))
    assert list(recorded_in(tmp_path)) == [written]


def test_those_of_all_workers_are_read(tmp_path: Path) -> None:
    segments(tmp_path, 1).append(encode(recorded()))
    segments(tmp_path, 2).append(encode(recorded(time=NOW + 1)))
    assert [one.time for one in recorded_in(tmp_path)] == [NOW, NOW + 1]


def test_only_files_that_mention_the_id_are_decoded(tmp_path: Path) -> None:
    segments(tmp_path).append(encode(recorded()))
    assert len(list(recorded_in(tmp_path, REQUEST_ID))) == 1
    assert list(recorded_in(tmp_path, "another")) == []


def test_the_record_stays_within_its_limit_and_drops_the_oldest(tmp_path: Path) -> None:
    kept, size = segments(tmp_path), 0
    for number in range(200):
        content = encode(recorded(time=NOW + number))
        kept.append(content)
        size += len(content)
    files = list((tmp_path / "worker-1").iterdir())
    assert size > 2 * MAXIMUM
    assert MAXIMUM / 2 < sum(path.stat().st_size for path in files) <= MAXIMUM + MAXIMUM // SEGMENTS
    times = [one.time for one in recorded_in(tmp_path)]
    assert times == list(range(NOW + 200 - len(times), NOW + 200))


def test_a_new_start_begins_a_new_file(tmp_path: Path) -> None:
    segments(tmp_path).append(encode(recorded()))
    later = Segments(tmp_path, 1, MAXIMUM, lambda: NOW + 9)
    later.append(encode(recorded(time=NOW + 9)))
    assert [one.time for one in recorded_in(tmp_path)] == [NOW, NOW + 9]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    segments(tmp_path).append(encode(recorded()))
    (directory,) = tmp_path.iterdir()
    (file,) = directory.iterdir()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_torn_end_hides_nothing_before_it(tmp_path: Path) -> None:
    segments(tmp_path).append(encode(recorded()) + encode(recorded())[:-40])
    assert len(list(recorded_in(tmp_path))) == 1


def test_what_another_version_wrote_is_passed_over(tmp_path: Path) -> None:
    other: bytes = msgpack.packb((99, "something"))
    segments(tmp_path).append(other + encode(recorded()))
    assert len(list(recorded_in(tmp_path))) == 1


def test_the_digest_tells_other_policies(tmp_path: Path) -> None:
    digests = {digest_of(asked) for _, asked in REFUSED.values()}
    assert len(digests) > len(REFUSED) / 2
    assert digest_of(question()) == digest_of(question())


def test_a_decision_is_small() -> None:
    made: Recorded = recorded()
    assert len(encode(made)) < 1_500
