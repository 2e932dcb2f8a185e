"""`keytide erasure status KEY`: what lives, what is erased and what nobody has ever known are told apart."""

import json
from argparse import Namespace
from typing import Any

import pytest

from replication.state.rows import encode_row
from replication.state.state_store import ADAPTER, BUILT, STREAMS, partition_prefix, row_key
from services.cli.keys import erasure
from services.cli.keys.erasure import NEVER_KNOWN, UNKNOWN
from services.cli.main import _parser
from services.region_node.settings.settings import Address, NodeSettings
from shared import events as e
from shared.erasure.events import DomainKeyDestroyed, EpochClosed, EpochOpened
from shared.events import Event
from shared.identifiers import access_key_id, account_stream, key_arn, key_stream, partition_of
from shared.identity.account_events import AccessKeyCreated
from shared.identity.model import Account
from shared.key_stores.events import KeyStoreCreated, KeyStoreDeleted
from shared.keys.model import Key
from tests.replication.fold.test_erasing import BUCKET, STORE, Erased, born, wrapped
from tests.replication.written_log import ACCOUNT, HOME, NODE, PEER, key_id, multi_region_key_id

PARTITIONS = 2
PLACE = row_key(partition_of(ACCOUNT, PARTITIONS), account_stream(ACCOUNT))
KEY, SHARED, ACCESS_KEY = key_id(1), multi_region_key_id(1), access_key_id(ACCOUNT, 7)
ADVANCED = (EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1), DomainKeyDestroyed(BUCKET, 1, NODE))
DELETED = e.KeyDeleted(ACCOUNT, KEY, HOME, whole=True)
GIVEN = AccessKeyCreated(ACCOUNT, "alice", ACCESS_KEY, wrapped())
CONNECTED = KeyStoreCreated(ACCOUNT, STORE, "name", "EXTERNAL_KEY_STORE", wrapped())
ADVANCES = f"bucket {BUCKET} of {HOME} has not advanced: it does within moments"


class Regions:
    """In the place of a directory: one region that has folded these events, each of a record of its own."""

    names = (HOME,)

    def __init__(self, *events: Event) -> None:
        self.unfit: dict[str, str] = {}
        self.nodes = {HOME: NodeSettings(HOME, Address("", 0), Address("", 0), partitions=PARTITIONS)}
        self.store = (erased := Erased()).store
        for event in events:
            assert erased.write(event) == "applied"
        with self.store.write() as transaction:
            transaction.put(ADAPTER, BUILT, b"".join(map(partition_prefix, range(PARTITIONS))))
            transaction.put(STREAMS, PLACE, encode_row(1, Account(ACCOUNT, HOME, "an account", 1), False))

    def read(self, _region: str, look: Any) -> Any:
        with self.store.read() as snapshot:
            return look(PARTITIONS, snapshot)

    def node(self, region: str) -> NodeSettings:
        return self.nodes[region]


def arguments(*words: str) -> Namespace:
    return _parser().parse_args(("erasure", "status", *words))


def asked(
    regions: Regions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[tuple[bool, list[str]]]]:
    """The status, and of each row whether it is erased and what is in the way."""
    monkeypatch.setattr(erasure, "OperatedRegions", lambda _directory: regions)
    status = erasure.status(arguments(*words, "--json"))
    rows = json.loads(capsys.readouterr().out)
    return status, [(row["erased"], row["in_the_way"]) for row in rows]


MATERIAL_GONE = e.KeyMaterialDeleted(ACCOUNT, KEY, f"{1:064x}")
PENDING = e.KeyDeletionScheduled(ACCOUNT, KEY, 7, 1_900_000_000_000)
WITHOUT_MATERIAL = born(1)._replace(materials=())


@pytest.mark.parametrize(
    ("events", "name", "status", "rows"),
    [
        ((born(1),), KEY, 1, [(False, ["it lives: Enabled"])]),
        ((born(1),), key_arn(HOME, ACCOUNT, KEY), 1, [(False, ["it lives: Enabled"])]),
        ((born(1), PENDING), KEY, 1, [(False, ["it lives: PendingDeletion"])]),
        (
            (born(1), DELETED),
            KEY,
            1,
            [(False, [ADVANCES])],
        ),
        ((born(1), DELETED, *ADVANCED), KEY, 0, [(True, [])]),
        ((WITHOUT_MATERIAL, DELETED), KEY, 0, [(True, [])]),
        ((GIVEN,), ACCESS_KEY, 1, [(False, ["it lives: Active"])]),
        ((CONNECTED,), STORE, 1, [(False, ["it lives: DISCONNECTED"])]),
        ((CONNECTED, KeyStoreDeleted(ACCOUNT, STORE), *ADVANCED), STORE, 0, [(True, [])]),
        ((born(1),), key_id(2), 2, []),
        ((born(1),), key_arn(HOME, "444455556666", KEY), 2, []),
        ((born(1),), "nope", 2, []),
        ((born(1),), "no\udcffpe", 2, []),
    ],
)
def test_a_key_that_lives_one_that_is_erased_and_one_that_never_was_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    events: tuple[Event, ...],
    name: str,
    status: int,
    rows: list[tuple[bool, list[str]]],
) -> None:
    assert asked(Regions(*events), monkeypatch, capsys, name) == (status, rows)


IMPORTED_AGAIN = e.KeyMaterialImported(ACCOUNT, KEY, (e.MaterialBorn(f"{1:064x}", KEY, 1, wrapped(epoch=2)),))


@pytest.mark.parametrize(
    ("since", "status", "lives"), [((), 0, []), ((IMPORTED_AGAIN,), 1, [(False, ["it lives: Enabled"])])]
)
def test_what_was_destroyed_of_a_key_is_listed_beside_its_life_as_long_as_it_holds_anything(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    since: tuple[Event, ...],
    status: int,
    lives: list[tuple[bool, list[str]]],
) -> None:
    imported = born(1)._replace(origin="EXTERNAL")
    regions = Regions(imported, MATERIAL_GONE, *ADVANCED, *since)
    assert asked(regions, monkeypatch, capsys, KEY) == (status, [(True, []), *lives])


@pytest.mark.parametrize(("words", "status", "elsewhere"), [((), 1, True), (("--region", HOME), 0, False)])
def test_a_replica_that_is_erased_does_not_speak_for_the_key(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    status: int,
    elsewhere: bool,
) -> None:
    regions = Regions(born(1), DELETED, *ADVANCED)
    left = Key(ACCOUNT, KEY, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", 1, (), None, "", None, (), PEER, (), 0)
    with regions.store.write() as transaction:
        transaction.put(STREAMS, row_key(0, key_stream(ACCOUNT, KEY)), encode_row(3, left, False))
    lives = [(False, [f"it lives in {PEER}, as {HOME} knows"])] if elsewhere else []
    assert asked(regions, monkeypatch, capsys, KEY, *words) == (status, [(True, []), *lives])


def test_a_key_that_a_later_version_has_changed_is_not_called_erased(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = Regions(born(1))
    with regions.store.write() as transaction:
        transaction.put(STREAMS, row_key(0, key_stream(ACCOUNT, KEY)), encode_row(3, None, True))
    told = [(False, [f"a record of a later version has changed it: upgrade {HOME}"])]
    assert asked(regions, monkeypatch, capsys, KEY) == (1, told)


def test_a_name_that_nobody_knows_is_said_to_be_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(erasure, "OperatedRegions", lambda _directory: Regions(born(1)))
    assert erasure.status(arguments("nope")) == NEVER_KNOWN
    assert capsys.readouterr().out.splitlines() == [UNKNOWN]
    assert erasure.status(arguments("nope", "--json")) == NEVER_KNOWN
    told = capsys.readouterr()
    assert (told.out, told.err) == ("[]\n", f"keytide: {UNKNOWN}\n")


@pytest.mark.parametrize("name", ["alias/mine", f"arn:aws:kms:{HOME}:{ACCOUNT}:alias/mine", "arn:aws:kms:a:b:key/c"])
def test_what_names_no_key_for_good_is_refused(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(name)
    assert ended.value.code == 2
    assert name in capsys.readouterr().err


def test_a_name_that_is_empty_is_that_of_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments("")
    assert "no key is named: the name is empty" in capsys.readouterr().err
