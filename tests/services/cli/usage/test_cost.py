"""`keytide cost`: the bill of regions together, at AWS's prices and at one's own."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.cli.faults import CannotStart
from services.cli.main import main
from services.cli.operated_regions import OperatedRegions
from services.cli.usage.cost import dollars, lives_known
from services.cli.usage.known_usage import known_usage
from services.cli.usage.price_file import prices_in
from services.usage.usage_file import usage_file
from services.usage.usage_writer import UsageWriter
from shared.cost.key_life import KeyLife
from shared.cost.month import month_of
from shared.cost.prices import DEFAULT
from shared.identifiers import key_stream
from shared.keys.times import MILLISECONDS_PER_HOUR
from shared.times import instant
from tests.services.cli.counted_regions import ACCOUNT, KEY, KEY_ID, NOW, REGIONS, YEAR_AGO, arn, count, know, made
from tests.services.usage.entries import entry
from tests.shared.usage.test_tally import ALICE

HOME, PEER = REGIONS
MONTH = month_of(NOW)
LAST_MONTH = month_of((MONTH.start - 1) * MILLISECONDS_PER_HOUR)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = made(tmp_path)
    times = {"time": LAST_MONTH.start * MILLISECONDS_PER_HOUR}
    for region in REGIONS:
        count(directory, region, *[entry("Sign", resources=(arn(region),), **times)] * 3)
    return directory


def told(capsys: pytest.CaptureFixture[str], directory: Path, *words: str) -> Any:
    capsys.readouterr()
    assert main(["cost", "--month", LAST_MONTH.name, *words, "--json", "--directory", str(directory)]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_bill_adds_up_whatever_it_is_told_by(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bill = told(capsys, directory)
    assert (bill["month"], bill["total_micro_dollars"]) == (LAST_MONTH.name, 2_000_000)
    assert bill["forecast_micro_dollars"] == bill["total_micro_dollars"]  # the month is over
    for totals in bill["by"].values():
        assert sum(totals.values()) == bill["total_micro_dollars"]
    assert sum(line["amount"] for line in bill["lines"]) == bill["total_micro_dollars"]
    assert bill["by"]["key"] == {arn(HOME): 1_000_000, arn(PEER): 1_000_000}
    assert bill["prices"]["unconfirmed"]
    assert told(capsys, directory, "--region", PEER)["by"]["key"] == {arn(PEER): 1_000_000}


def test_an_asymmetric_key_s_requests_cost_more(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for region in REGIONS:
        know(directory, region, {key_stream(ACCOUNT, KEY_ID): KEY._replace(spec="ECC_NIST_P256", usage="SIGN_VERIFY")})
    bill = told(capsys, directory)
    assert bill["total_micro_dollars"] == 2_000_000 + 6 * 15
    assert bill["by"]["principal"] == {"": 2_000_000, ALICE: 90}


def test_a_key_that_is_gone_is_paid_for_until_now_and_no_longer(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = arn(HOME).replace(KEY_ID, "00000000-0000-4000-8000-000000000000")
    settings = OperatedRegions(directory).nodes[HOME]
    with closing(UsageWriter(usage_file(settings.trail_directory), NOW)) as writer:
        writer.see([KeyLife(gone, ACCOUNT, "SYMMETRIC_DEFAULT", "CUSTOMER", YEAR_AGO)], NOW)
    assert told(capsys, directory)["by"]["key"][gone] == 1_000_000
    known, now = known_usage(directory, ()), NOW
    (life,) = [life for life in lives_known(known, now) if life.arn == gone]
    assert life.ended_at == now


def test_a_person_sees_the_forecast_the_source_and_what_aws_does_not_say(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", "--by", "key", "--directory", str(directory)]) == 0
    shown = capsys.readouterr().out
    assert "straight line" in shown
    assert "https://aws.amazon.com/kms/pricing/" in shown
    assert "does not say" in shown
    assert "known since" not in shown
    assert arn(HOME) in shown


def test_where_counting_began_in_the_month_the_bill_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = made(tmp_path)
    for region in REGIONS:
        count(directory, region, since=NOW)
    assert main(["cost", "--directory", str(directory)]) == 0
    assert f"Requests are known since {instant(NOW)}" in capsys.readouterr().out
    assert main(["cost", "--json", "--directory", str(directory)]) == 0
    assert json.loads(capsys.readouterr().out)["requests_known_since"] == instant(NOW)


@pytest.mark.parametrize("name", ["prices.toml", "prices.json"])
def test_prices_of_one_s_own(name: str, directory: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / name
    own = {"key_month": "0.25", "free_requests": 1, "requests": {"symmetric": "10.00"}}
    toml = 'key_month = 0.25\nfree_requests = 1\n[requests]\nsymmetric = "10.00"\n'
    file.write_text(toml if name.endswith("toml") else json.dumps(own))
    bill = told(capsys, directory, "--prices", str(file))
    assert bill["total_micro_dollars"] == 2 * 250_000 + 5 * 1_000
    assert bill["prices"]["source"] == str(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key_month = -1", "key_month"),
        ("key_month = 0.0000001", "six decimals"),
        ("key_month = true", "key_month"),
        ('key_month = "nan"', "key_month"),
        ("keys = 1", "nothing is called keys"),
        ("requests = 3", "requests is no table"),
        ("[requests]\nsigning = 1", "nothing is called requests.signing"),
        ("free_requests = 1.5", "free_requests"),
        ("key_month =", "cannot be read"),
    ],
)
def test_a_file_that_says_no_prices_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(CannotStart, match=said):
        prices_in(file)


def test_without_a_file_aws_s_figures_count() -> None:
    assert prices_in(None) == DEFAULT
    with pytest.raises(CannotStart, match="cannot be read"):
        prices_in(Path("/nowhere/prices.toml"))


def test_dollars_show_every_micro_dollar() -> None:
    assert dollars(1_234_000_000_007) == "$1,234,000.000007"


def test_a_month_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cost", "--month", "november"])
    assert "no month" in capsys.readouterr().err


@pytest.mark.parametrize("month", ["2099-01", "9999-11", "2019-12", "0001-01"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_month_of_which_nothing_can_be_known_is_refused(
    directory: Path, capsys: pytest.CaptureFixture[str], month: str, form: tuple[str, ...]
) -> None:
    assert main(["cost", "--month", month, *form, "--directory", str(directory)]) == 1
    shown = capsys.readouterr()
    assert f"--month: must be from 2020-01 to the present one, {MONTH.name}" in shown.err
    assert shown.out == ""
