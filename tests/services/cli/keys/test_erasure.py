"""`keytide erasure status`: what of all that was destroyed is listed, and how its exit status is meant."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from replication.reports.erasure_report import Destroyed
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import ADAPTER, BUILT, partition_prefix
from services.cli.keys import erasure
from services.cli.keys.erasure import NOT_KNOWN, NOT_WHOLE, NOTHING, UNKNOWN
from services.cli.main import _parser
from services.region_node.settings.settings import Address, NodeSettings, write_node_settings

ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = 1_800_000_000_000
WAITING = Destroyed(f"key/{ACCOUNT}/mrk-1", NOW, ("bucket 6 of us-east-1 has not advanced", "archive 7"))
ERASED = Destroyed(f"key/{OTHER}/mrk-2", NOW, ())
ACCESS_KEY = Destroyed(f"access-key/{OTHER}/AKIA", NOW, ("sealing key 1",))


class Regions:
    """In the place of a directory: one region that has destroyed some things, and one that is elsewhere."""

    names = ("us-east-1", "eu-west-1")

    def __init__(self, _directory: object) -> None:
        self.unfit: dict[str, str] = {}
        self.nodes = {"us-east-1": NodeSettings("us-east-1", Address("", 0), Address("", 0))}

    def read(self, _region: str, _look: object) -> erasure._Seen:
        return erasure._Seen([WAITING, ERASED, ACCESS_KEY], [])

    def node(self, region: str) -> NodeSettings:
        return self.nodes[region]


def arguments(*words: str) -> Namespace:
    return _parser().parse_args(("erasure", "status", *words))


@pytest.mark.parametrize(
    ("words", "names", "status"),
    [
        ((), ["mrk-1", "AKIA"], 1),
        (("--all",), ["mrk-1", "mrk-2", "AKIA"], 1),
        (("--account", OTHER), ["mrk-2", "AKIA"], 1),
        (("mrk-1",), ["mrk-1"], 1),
        (("mrk-2",), ["mrk-2"], 0),
        ((f"arn:aws:kms:us-east-1:{OTHER}:key/mrk-2",), ["mrk-2"], 0),
        (("AKIA", "--region", "us-east-1"), ["AKIA"], 1),
        ((f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-2",), [UNKNOWN], 2),
        (("mrk-3",), [UNKNOWN], 2),
        (("--account", "999988887777"), [NOTHING], 0),
    ],
)
def test_what_is_asked_for_is_listed_and_the_status_says_whether_it_is_erased(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    names: list[str],
    status: int,
) -> None:
    monkeypatch.setattr(erasure, "OperatedRegions", Regions)
    assert erasure.status(arguments(*words)) == status
    told = capsys.readouterr()
    lines = told.out.splitlines()
    if names not in ([UNKNOWN], [NOTHING]):
        assert [line.split()[3] for line in lines[1:]] == names
    else:
        assert lines == names
    assert ("eu-west-1 is not here" in told.err) is ("--region" not in words)


def built(directory: Path, partitions: Sequence[int]) -> None:
    """A state of which these partitions are built; without any, it is there and empty."""
    with closing(LmdbStore(directory / "state", writer=True)) as store, store.write() as transaction:
        if partitions:
            transaction.put(ADAPTER, BUILT, b"".join(map(partition_prefix, partitions)))


@pytest.mark.parametrize("partitions", [None, (), (1,), (0, 1)])
def test_a_state_that_is_not_whole_proves_no_erasure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], partitions: Sequence[int] | None
) -> None:
    settings = NodeSettings("us-east-1", Address("127.0.0.1", 1), Address("127.0.0.1", 2), partitions=2)
    write_node_settings(replace(settings, directory=tmp_path))
    if partitions is not None:
        built(tmp_path, partitions)
    is_whole = partitions == (0, 1)
    assert erasure.status(arguments("mrk-1", "--directory", str(tmp_path))) == (2 if is_whole else 1)
    told = capsys.readouterr()
    assert told.out.splitlines() == [UNKNOWN if is_whole else NOT_KNOWN]
    assert (f"us-east-1 cannot be read: {NOT_WHOLE}" in told.err) is not is_whole


def test_a_row_names_all_that_is_in_the_way() -> None:
    assert erasure._row("us-east-1", WAITING) == {
        "region": "us-east-1",
        "kind": "key",
        "account": ACCOUNT,
        "name": "mrk-1",
        "destroyed": "2027-01-15T08:00:00Z",
        "erased": False,
        "in_the_way": ["bucket 6 of us-east-1 has not advanced", "archive 7"],
    }
