"""The proof in earnest: two running regions digest their trails, cosign each other's, and files are delivered."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from services.audit.trail.segment import segments_in
from services.cli.main import main
from tests.running import Running, wait_until
from tests.thoroughness import in_full_only

REGIONS = ("us-east-1", "eu-west-1")
PATIENCE_SECONDS = 240.0


def set_up(directory: Path, files: Path) -> None:
    """A digest a minute, and delivery from the first region."""
    for region in REGIONS:
        file = directory / region / "node.json"
        settings = json.loads(file.read_bytes())
        settings["audit"]["digest_minutes"] = 1
        if region == REGIONS[0]:
            settings["audit"]["delivery"] = {"directory": str(files)}
        file.write_text(json.dumps(settings))


def all_is_cosigned(directory: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether each region has a digest with entries that the other has cosigned."""
    capsys.readouterr()
    assert main(["audit", "digests", "--directory", str(directory), "--json"]) == 0
    rows = orjson.loads(capsys.readouterr().out)
    return {row["region"] for row in rows if row["entries"] > 0 and row["cosigned_by"]} == set(REGIONS)


def verify(directory: Path) -> int:
    return main(["audit", "verify", "--directory", str(directory)])


@in_full_only
def test_running_regions_prove_their_trails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory, files = tmp_path / "keytide", tmp_path / "files"
    with closing(Running(directory, REGIONS)) as first:
        first.ready().stop()
        set_up(directory, files)
        with closing(first.again()) as running:
            running.ready()
            wait_until(lambda: all_is_cosigned(directory, capsys), "digests are cosigned", PATIENCE_SECONDS)
            wait_until(lambda: list(files.rglob("*_CloudTrail_*")), "files are delivered", PATIENCE_SECONDS)
            assert verify(directory) == 0, capsys.readouterr().out
    assert verify(directory) == 0
    with closing(sqlite3.connect(segments_in(directory / REGIONS[0] / "audit" / "trail")[0][1])) as trail, trail:
        trail.execute("DELETE FROM frames WHERE ordinal = 1")
    capsys.readouterr()
    assert verify(directory) == 1
    assert "missing: " in capsys.readouterr().out
