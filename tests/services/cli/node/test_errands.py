"""What a node does once at its region's first start, and what it leaves when the region is there already."""

from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replication.state.lmdb_store import LmdbStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from services.cli.credentials import read_credentials
from services.cli.faults import CannotStart
from services.cli.node.errands import FirstAdministrator
from services.cli.node.run import _errands
from services.plain_fault import PlainFault
from services.region_node.operator.questions import NewAccessKey
from services.region_node.settings.settings import Address, NodeSettings, write_node_settings
from shared.identifiers import access_key_stream, account_stream, partition_of
from shared.identity.model import AccessKey, Account
from shared.secrets import Secret

REGION, PEER = "us-east-1", "eu-west-1"
ACCOUNT = "111122223333"
ENDPOINT = "https://kms.example.com"
ADDRESS = Address("127.0.0.1", 1)
MADE = NewAccessKey(ACCOUNT, "AKIDEXAMPLE", Secret(b"a secret"), ())


@pytest.fixture
def node(tmp_path: Path) -> NodeSettings:
    settings = NodeSettings(REGION, ADDRESS, ADDRESS, partitions=2, directory=tmp_path)
    write_node_settings(settings)
    return settings


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The answers that the region still has, of a region that is ready."""
    answers: list[Any] = []

    async def ready(_: Address) -> None: ...

    async def answered(*_: Any) -> NewAccessKey:
        if isinstance(answer := answers.pop(0), Exception):
            raise answer
        assert isinstance(answer, NewAccessKey)
        return answer

    monkeypatch.setattr("services.cli.node.errands.until_ready", ready)
    monkeypatch.setattr("services.cli.node.errands.create_administrator", answered)
    return answers


def knows(node: NodeSettings, account: Account, *, access_key: bool = True) -> None:
    """Give the region a state that says so."""
    key = AccessKey(account.account, "administrator", "AKIDEXAMPLE", 1, None, None, ())
    rows: dict[str, Account | AccessKey] = {account_stream(account.account): account}
    if access_key:
        rows[access_key_stream(account.account, key.access_key_id)] = key
    with closing(LmdbStore(node.state_directory, writer=True)) as store, store.write() as transaction:
        for stream, state in rows.items():
            place = row_key(partition_of(account.account, node.partitions), stream)
            transaction.put(STREAMS, place, encode_row(1, state, False))


@pytest.mark.parametrize(
    ("known", "has_access_key"),
    [
        (None, False),
        (Account(ACCOUNT, PEER, "theirs", 1), True),
        (Account(ACCOUNT, REGION, "begun", 1), False),
    ],
    ids=["no account", "a peer's", "begun"],
)
async def test_a_region_without_an_account_gets_one(
    known: Account | None, has_access_key: bool, node: NodeSettings, asked: list[Any]
) -> None:
    if known is not None:
        knows(node, known, access_key=has_access_key)
    asked.append(MADE)
    await FirstAdministrator(node, ENDPOINT)()
    assert getattr(read_credentials(node.directory), "access_key_id", "") == MADE.access_key_id


@pytest.mark.parametrize(
    "known",
    [Account(ACCOUNT, REGION, "keytide", 1), Account(ACCOUNT, PEER, "keytide", 1, home_epoch=1)],
    ids=["home here", "home moved"],
)
async def test_a_region_that_has_an_account_gets_no_access_key_that_nobody_asked_for(
    known: Account, node: NodeSettings, asked: list[Any]
) -> None:
    knows(node, known)
    await FirstAdministrator(node, ENDPOINT)()
    assert read_credentials(node.directory) is None


async def test_what_was_begun_is_done_again(node: NodeSettings, asked: list[Any]) -> None:
    errand = FirstAdministrator(node, ENDPOINT)
    asked += [PlainFault("no answer in time"), MADE]
    with pytest.raises(PlainFault):
        await errand()
    knows(node, Account(ACCOUNT, REGION, "keytide", 1))
    await errand()
    assert read_credentials(node.directory) is not None


async def test_a_state_that_cannot_be_read_is_not_taken_for_one_without_accounts(
    node: NodeSettings, asked: list[Any]
) -> None:
    knows(node, Account(ACCOUNT, REGION, "keytide", 1))
    for file in node.state_directory.iterdir():
        file.write_bytes(b"damaged")
    with pytest.raises(CannotStart, match="cannot be read"):
        await FirstAdministrator(node, ENDPOINT)()


@pytest.mark.parametrize("joined", [False, True])
def test_only_who_founds_a_region_makes_its_account(joined: bool, node: NodeSettings) -> None:
    told = Namespace(administrator=ENDPOINT, invite=None, invitations=None)
    assert len(list(_errands(replace(node, joined=joined), told))) == (not joined)
