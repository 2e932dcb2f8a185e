"""`keytide usage` and `keytide key deletable`: the counts of regions put together, and what they say of a key."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import main
from shared.aliases.model import Alias
from shared.grants.model import Grant
from shared.identifiers import alias_stream, grant_stream, key_stream
from shared.keys.model import ScreamTest
from shared.keys.times import days
from tests.services.cli.counted_regions import (
    ACCOUNT,
    KEY,
    KEY_ID,
    NOW,
    REGIONS,
    YEAR_AGO,
    arn,
    calls,
    count,
    know,
    made,
)
from tests.services.usage.entries import entry
from tests.shared.usage.test_tally import ALICE, ROLE, SESSION

HOME, PEER = REGIONS
HIT: dict[str, Any] = {
    "additional": {"ScreamTest": {"Test": "t", "Key": arn(HOME)}},
    "error": ("KMSInvalidStateException", "no"),
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return made(tmp_path)


def told(capsys: pytest.CaptureFixture[str], directory: Path, *words: str, status: int = 0) -> Any:
    capsys.readouterr()
    assert main([*words, "--json", "--directory", str(directory)]) == status
    return json.loads(capsys.readouterr().out)


def test_the_counts_of_all_regions_are_put_together(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count(directory, HOME, *calls(HOME, "Encrypt", 3), *calls(HOME, "Decrypt", 1, ago_days=40))
    count(directory, PEER, *calls(PEER, "Encrypt", 2))
    rows = told(capsys, directory, "usage", "--by", "key_id,operation")
    assert [(row["key_id"], row["operation"], row["calls"]) for row in rows] == [(KEY_ID, "Encrypt", 5)]
    rows = told(capsys, directory, "usage", "--by", "region", "--days", "60", "--key", arn(PEER))
    assert {row["region"]: row["calls"] for row in rows} == {HOME: 4, PEER: 2}
    (row,) = told(capsys, directory, "usage", "--by", "region", "--region", PEER)
    assert row["calls"] == 2
    assert told(capsys, directory, "usage", "--principal", ROLE) == []
    (row,) = told(capsys, directory, "usage", "--principal", ALICE, "--by", "principal")
    assert row["calls"] == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", "alias/a"), "must be the id or the ARN of a key"),
        (("--principal", "alice"), "must be an ARN"),
    ],
)
def test_what_is_counted_under_other_names_is_refused_and_not_told_as_unused(
    words: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["usage", *words])
    assert said in capsys.readouterr().err


def test_a_region_that_counts_nothing_hides_nothing_of_the_others(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count(directory, PEER, *calls(PEER, "Encrypt", 2))
    assert main(["usage", "--directory", str(directory)]) == 0
    shown = capsys.readouterr()
    assert f"{HOME}: nothing is counted there" in shown.err
    assert "Encrypt" in shown.out


def test_keys_and_grants_that_nobody_uses_are_listed_with_how_sure_that_is(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count(directory, HOME, *calls(HOME, "Encrypt", 1, ago_days=100), *calls(HOME, "DescribeKey", 1))
    count(directory, PEER, *calls(PEER, "Encrypt", 1), since=NOW - days(2))
    know(directory, PEER, granted(a=ALICE, b=ROLE))
    rows = told(capsys, directory, "usage", "unused")
    assert [(row["what"], row["key"], row["sure"]) for row in rows] == [
        ("key", arn(HOME), True),
        ("grant", arn(PEER), False),
    ]
    assert rows[0]["last"] is not None
    assert rows[1]["grant"] == f"{'b' * 64} to {ROLE}"
    assert [row["what"] for row in told(capsys, directory, "usage", "unused", "--days", "120")] == ["grant"]


def granted(**grantees: str) -> dict[str, Grant]:
    return {
        grant_stream(ACCOUNT, KEY_ID, name * 64): Grant(
            ACCOUNT, KEY_ID, name * 64, YEAR_AGO, ACCOUNT, ("Encrypt",), "", grantee,
            None, None, None, None, None, None, YEAR_AGO,
        )
        for name, grantee in grantees.items()
    }  # fmt: skip


def test_a_grant_is_used_where_it_has_permitted_a_call_whatever_else_its_grantee_may(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rests = [entry(resources=(arn(HOME),), time=NOW - days(ago), additional={"Grants": [name * 64]})
             for name, ago in (("a", 1), ("b", 100))]  # fmt: skip
    count(directory, HOME, *rests, *calls(HOME, "Encrypt", 1))
    count(directory, PEER, *calls(PEER, "Encrypt", 1))
    know(directory, HOME, granted(a=ALICE, b=ALICE, c=ALICE))
    know(directory, PEER, granted(a=ALICE))
    rows = told(capsys, directory, "usage", "unused")
    assert [(row["grant"][0], row["last"] is not None, row["sure"]) for row in rows] == [
        ("b", True, True),
        ("c", False, True),
    ]


def against(capsys: pytest.CaptureFixture[str], directory: Path, *words: str) -> list[tuple[str, str]]:
    capsys.readouterr()
    status = main(["key", "deletable", KEY_ID, *words, "--json", "--directory", str(directory)])
    rows = json.loads(capsys.readouterr().out)
    found = [(row["region"], row["finding"]) for row in rows if row["what"] == "against"]
    assert status == bool(found)
    return found


def test_a_key_that_nobody_has_used_in_any_region_is_deletable(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for region in REGIONS:
        count(directory, region, *calls(region, "Decrypt", 1, ago_days=100))
    assert against(capsys, directory) == []
    assert main(["key", "deletable", KEY_ID, "--directory", str(directory)]) == 0
    assert "Nothing that is known speaks against it." in capsys.readouterr().out
    ((region, text), *_) = against(capsys, directory, "--days", "101")
    assert (region, text.startswith(f"{ALICE}: Decrypt, done, once")) == (HOME, True)


def test_whatever_names_the_key_in_one_region_speaks_against_it(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count(directory, HOME)
    assert against(capsys, directory) == [(PEER, "nothing tells how it is used: no audit trail is counted there")]
    count(directory, PEER, entry(resources=(arn(PEER),), time=NOW, identity=SESSION))
    test = ScreamTest("t", NOW - days(1), 30, 5, 50, "operator")
    know(
        directory,
        HOME,
        {
            alias_stream(ACCOUNT, "alias/a"): Alias(ACCOUNT, "alias/a", KEY_ID, 1, 1),
            key_stream(ACCOUNT, KEY_ID): KEY._replace(scream_test=test),
        },
    )
    found = dict(against(capsys, directory))
    assert found[PEER].startswith(f"{ROLE}: Encrypt, done")
    count(directory, HOME, entry(resources=(arn(HOME),), time=NOW - days(200), **HIT))
    texts = [text for region, text in against(capsys, directory) if region == HOME]
    assert "scream test t has failed one call: keytide scream status" in texts


def test_a_key_that_is_nowhere_is_refused(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "deletable", KEY_ID.replace("1", "2"), "--directory", str(directory)]) == 1
    assert "no region here has such a key" in capsys.readouterr().err


def test_a_key_that_this_version_cannot_read_in_one_region_is_not_taken_for_unused(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for region in REGIONS:
        count(directory, region)
    know(directory, PEER, {key_stream(ACCOUNT, KEY_ID): KEY}, frozen=True)
    assert against(capsys, directory) == [(PEER, "the key is there, and the region cannot be looked at")]


def test_a_region_of_the_key_that_is_elsewhere_speaks_against_it(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for region in REGIONS:
        count(directory, region)
    know(directory, HOME, {key_stream(ACCOUNT, KEY_ID): KEY._replace(replica_regions=(PEER, "ap-southeast-2"))})
    assert against(capsys, directory) == [("ap-southeast-2", "the key is there, and the region cannot be looked at")]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_where_nothing_is_counted_nothing_is_said_to_be_used(
    directory: Path, capsys: pytest.CaptureFixture[str], form: tuple[str, ...]
) -> None:
    assert main(["usage", "unused", *form, "--directory", str(directory)]) == 1
    shown = capsys.readouterr()
    assert "nothing is known of what is used" in shown.err
    assert shown.out == ""


def test_only_regions_that_count_are_said_to_use_everything(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count(directory, PEER, *calls(PEER, "Encrypt", 2))
    assert main(["usage", "unused", "--directory", str(directory)]) == 0
    shown = capsys.readouterr()
    assert f"{HOME}: nothing is counted there" in shown.err
    assert shown.out == f"Every key and every grant in {PEER} is used.\n"
