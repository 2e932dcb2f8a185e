"""The security log: bounded in bytes and in lines a second, and it tells how much was passed over."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.audit.security_log import LINES_PER_SECOND, SHOWN_CHARACTERS, SecurityLog, Unauthenticated

REFUSED = Unauthenticated("id", "Encrypt", "InvalidSignatureException", "192.0.2.1", "aws-cli", "AKIAEXAMPLE")


class Clock:
    now = 1_000

    def __call__(self) -> int:
        return self.now


def lines(directory: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(directory.iterdir()):
        yield from map(orjson.loads, path.read_bytes().splitlines())


async def test_a_refusal_is_a_line_of_its_own_file(tmp_path: Path) -> None:
    log = SecurityLog(tmp_path, 3, Clock())
    log.note(REFUSED)
    await log.write()
    (line,) = lines(tmp_path)
    assert line == {"time": 1_000, **REFUSED._asdict()}
    (path,) = [path.name for path in tmp_path.iterdir()]  # noqa: ASYNC240 - a test
    assert path == "worker-3.jsonl"


async def test_nothing_that_a_client_has_chosen_ends_a_line_or_is_obeyed_by_a_terminal(tmp_path: Path) -> None:
    log = SecurityLog(tmp_path, 0, Clock())
    agent = "\x1b[2J\u009b31m\r\n\u0085\u2028{}\x00\u202e\U0001f600"
    log.note(REFUSED._replace(user_agent=agent))
    await log.write()
    (path,) = tmp_path.iterdir()  # noqa: ASYNC240 - a test
    written = path.read_text()
    assert written.endswith("\n")
    assert written.isascii()
    assert written[:-1].isprintable()
    assert orjson.loads(written)["user_agent"] == agent


async def test_beyond_the_rate_they_are_counted_and_told(tmp_path: Path) -> None:
    clock = Clock()
    log = SecurityLog(tmp_path, 0, clock)
    for _ in range(LINES_PER_SECOND + 7):
        log.note(REFUSED)
    await log.write()
    told = [*lines(tmp_path)]
    assert len(told) == LINES_PER_SECOND + 1
    assert told[-1] == {"time": 1_000, "passed_over": 7}
    assert log.passed_over == 7
    clock.now += 1_000
    log.note(REFUSED)
    await log.write()
    assert len([*lines(tmp_path)]) == LINES_PER_SECOND + 2


async def test_what_a_client_chooses_is_cut(tmp_path: Path) -> None:
    log = SecurityLog(tmp_path, 0, Clock())
    log.note(REFUSED._replace(user_agent="x" * 10_000))
    await log.write()
    (line,) = lines(tmp_path)
    assert line["user_agent"] == "x" * SHOWN_CHARACTERS


async def test_the_files_together_have_a_bound(tmp_path: Path) -> None:
    clock, bound = Clock(), 2_000
    log = SecurityLog(tmp_path, 0, clock, bound)
    for _ in range(100):
        clock.now += 1_000
        log.note(REFUSED)
        await log.write()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}  # noqa: ASYNC240 - a test
    assert set(sizes) == {"worker-0.jsonl", "worker-0.jsonl.1"}
    assert max(sizes.values()) <= bound


async def test_a_disk_that_takes_nothing_hinders_nobody_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "in the way"
    directory.write_text("")
    log = SecurityLog(directory, 0, Clock())
    for _ in range(2):
        log.note(REFUSED)
        await log.write()
    assert [record.message for record in caplog.records] == ["the security log cannot be written"]
    directory.unlink()
    log.note(REFUSED)
    await log.write()
    assert len([*lines(directory)]) == 1
