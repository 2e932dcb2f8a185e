"""The command line of `keytide drill`: what is taken, refused and listed."""

import json
from pathlib import Path

import pytest

from services.cli.drill.arguments import ACTIONS
from services.cli.main import _parser, main
from services.drill.scenarios import SCENARIOS
from tests.services.drill.histories import HOME, PEER
from tests.services.drill.signing import signed
from tests.services.region_node.running_replicator import KEYS


def test_every_scenario_is_an_action() -> None:
    assert set(SCENARIOS) < set(ACTIONS)


def test_what_is_said_is_read() -> None:
    given = _parser().parse_args(
        ["drill", "region-loss", "--regions", "eu-west-1,eu-north-1", "--seconds", "2.5", "--yes", "--against", "k"]
    )
    assert (given.scenario, given.regions, given.seconds) == ("region-loss", ("eu-west-1", "eu-north-1"), 2.5)
    assert (given.against, given.yes, given.kafka) == ("k", True, False)


@pytest.mark.parametrize(
    "words",
    [
        ["unknown"],
        ["region-loss", "--regions", "eu-west-1"],
        ["region-loss", "--regions", "eu-west-1,eu-west-1"],
        ["region-loss", "--regions", "nowhere,eu-west-1"],
        ["region-loss", "--seconds", "0"],
        ["region-loss", "--seconds", "inf"],
        ["region-loss", "--recovery-time", "soon"],
        ["attest", "--region", "eu-west-1", "--scenario", "region-loss", "--report", "00"],
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["drill", *words])
    assert ended.value.code == 2


def test_the_list_says_what_each_scenario_expects(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["scenario"] for row in rows] == list(SCENARIOS)
    assert all(row["expects"] for row in rows)


def test_a_directory_without_regions_is_not_drilled(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "region-loss", "--against", str(tmp_path), "--yes"]) == 1
    assert "holds no regions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cards", "status", "told"),
    [
        (None, 0, "came with the report: compare them, or name yours with --cards"),
        ((HOME, PEER), 0, "passed"),
        ((HOME,), 1, f"The cards of {PEER} came with the report: place them in --cards"),
        ((), 1, f"The cards of {PEER}, {HOME} came with the report"),
    ],
)
def test_a_report_is_verified_under_the_cards_that_are_named_or_not_at_all(
    cards: tuple[str, ...] | None, status: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").write_bytes(signed())
    (tmp_path / "cards").mkdir()
    for region in cards or ():
        (tmp_path / "cards" / f"{region}.card").write_bytes(KEYS[region].encoded_card)
    named = [] if cards is None else ["--cards", str(tmp_path / "cards")]
    assert main(["drill", "verify", str(tmp_path / "report.json"), *named]) == status
    assert told in capsys.readouterr().out
