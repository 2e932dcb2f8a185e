"""The fold's part in erasing: which domain key a record may come under, and what a destruction leaves behind."""

import pytest

from replication.fold.erasing import SEALING, Remains, remains_in
from replication.fold.judge import Verdict
from replication.records.record import LONGEST_STREAM, decode_envelope, decode_record
from replication.verify.chain import Numbered
from replication.verify.fold import PlainFold
from shared import events as e
from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret
from shared.erasure.events import EpochClosed, EpochOpened, SealingKeyAnnounced, SecretRewrapped
from shared.events import Event
from shared.identifiers import account_stream, key_stream, user_stream
from shared.identity.account_events import AccessKeyDeleted, AccountStandByUpdated
from shared.key_stores.events import KeyStoreCreated, KeyStoreDeleted, KeyStoreUpdated
from shared.keys.model import Key
from shared.keys.whole import encode_whole
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, HOME, PEER, START, SharedLog, WrittenLog, key_id, multi_region_key_id

BUCKET = 6
STORE = "cks-1234567890abcdef0"


def wrapped(epoch: int = 1, bucket: int = BUCKET) -> bytes:
    return WrappedSecret(bucket, epoch, bytes(NONCE_LENGTH), b"secret").encode()


def born(number: int, epoch: int = 1, *, multi_region: bool = False) -> e.KeyCreated:
    name = multi_region_key_id(number) if multi_region else key_id(number)
    material = e.MaterialBorn(f"{number:064x}", name, START, wrapped(epoch))
    return e.KeyCreated(ACCOUNT, name, materials=(material,), primary_region=HOME if multi_region else None)


class Erased(Folding):
    """A log written and folded record by record, and what the checker makes of the same."""

    def __init__(self) -> None:
        super().__init__()
        self.log = WrittenLog()
        self.apply(self.log.open())

    def write(self, *events: Event, domain: tuple[int, int] | None = None) -> Verdict:
        (verdict,) = self.apply(self.log.write(*events, domain=domain))
        return verdict

    def remains(self) -> set[Remains]:
        with self.store.read() as snapshot:
            return {one._replace(time=0) for one in remains_in(snapshot, 0)}


@pytest.mark.parametrize(
    ("opened", "epoch", "verdict"),
    [
        ((), 1, Verdict.APPLIED),
        ((), 2, Verdict.VOID),
        ((2,), 2, Verdict.APPLIED),
        ((2,), 1, Verdict.VOID),
        ((2, 3), 2, Verdict.VOID),
        ((2, 3), 3, Verdict.APPLIED),
    ],
)
def test_a_record_comes_under_the_present_epoch_of_its_bucket_alone(
    opened: tuple[int, ...], epoch: int, verdict: Verdict
) -> None:
    erased = Erased()
    for one in opened:
        erased.write(EpochOpened(BUCKET, one))
    assert erased.write(born(1, epoch), domain=(BUCKET, epoch)) is verdict
    assert erased.write(born(2), domain=(BUCKET + 1, 1)) is Verdict.APPLIED, "another bucket has epochs of its own"
    assert erased.write(e.KeyEnabled(ACCOUNT, key_id(2))) is Verdict.APPLIED, "what holds no secret rests on no key"


def made(number: int = 1, *, multi_region: bool = False) -> tuple[Erased, str]:
    erased = Erased()
    event = born(number, multi_region=multi_region)
    assert erased.write(event, domain=(BUCKET, 1)) is Verdict.APPLIED
    return erased, event.key_id


def test_a_deleted_key_leaves_remains_under_the_epoch_that_is_present_as_it_goes() -> None:
    erased, name = made()
    erased.write(EpochOpened(BUCKET, 2))
    assert erased.remains() == set()
    erased.write(e.KeyDeleted(ACCOUNT, name, HOME, whole=True))
    assert erased.remains() == {Remains(BUCKET, 2, key_stream(ACCOUNT, name), 0)}


def test_what_may_have_been_sealed_leaves_remains_under_the_sealing_key_too() -> None:
    erased, name = made(multi_region=True)
    erased.write(SealingKeyAnnounced(HOME, 4, b"card"))
    erased.write(e.KeyDeleted(ACCOUNT, name, HOME, whole=True))
    stream = key_stream(ACCOUNT, name)
    assert erased.remains() == {Remains(BUCKET, 1, stream, 0), Remains(SEALING, 4, stream, 0)}


def test_a_secret_that_is_only_wrapped_again_is_not_destroyed() -> None:
    erased, name = made()
    erased.write(EpochOpened(BUCKET, 2))
    again = SecretRewrapped(ACCOUNT, "key", name, {f"{1:064x}": wrapped(2)})
    assert erased.write(again, domain=(BUCKET, 2)) is Verdict.APPLIED
    assert erased.write(EpochClosed(BUCKET, 1)) is Verdict.APPLIED
    assert erased.remains() == set()


@pytest.mark.parametrize(
    ("events", "remain"),
    [
        ((KeyStoreDeleted(ACCOUNT, STORE),), True),
        ((KeyStoreUpdated(ACCOUNT, STORE, wrapped=WrappedSecret(BUCKET, 1, b"n" * 12, b"other").encode()),), True),
        ((KeyStoreUpdated(ACCOUNT, STORE, name="another"),), False),
    ],
)
def test_the_credential_of_a_key_store_goes_with_it_or_with_the_next(events: tuple[Event, ...], remain: bool) -> None:
    erased = Erased()
    store = KeyStoreCreated(ACCOUNT, STORE, "name", "EXTERNAL_KEY_STORE", wrapped())
    assert erased.write(store, domain=(BUCKET, 1)) is Verdict.APPLIED
    assert erased.write(*events) is Verdict.APPLIED
    assert bool(erased.remains()) is remain


def test_an_access_key_leaves_remains() -> None:
    erased = Erased()
    access_key = e.AccessKeyCreated(ACCOUNT, "user", "AKIA", wrapped())
    erased.write(access_key, domain=(BUCKET, 1))
    erased.write(AccessKeyDeleted(ACCOUNT, "AKIA"))
    assert {one.bucket for one in erased.remains()} == {BUCKET, SEALING}


def test_a_void_record_leaves_what_it_holds() -> None:
    erased, name = made()
    lost = erased.log.write(born(2), domain=(BUCKET, 1), expected={key_stream(ACCOUNT, key_id(2)): 5})
    assert erased.apply(lost) == [Verdict.VOID]
    assert erased.remains() == {Remains(BUCKET, 1, key_stream(ACCOUNT, key_id(2)), 0)}
    assert name == key_id(1)


def adopted_end(erased: Erased, *, whole: bool) -> str:
    """A peer makes a multi-region key of which this region never has a replica, and lets it go; its stream."""
    peer, name = SharedLog(), multi_region_key_id(7)
    material = e.MaterialBorn(f"{7:064x}", name, START)
    ends = (e.KeyDeleted(ACCOUNT, name, PEER), *((e.KeyDeleted(ACCOUNT, name, PEER, whole=True),) if whole else ()))
    for event in (e.KeyCreated(ACCOUNT, name, materials=(material,), primary_region=PEER), *ends):
        assert erased.apply(erased.log.adopt(peer.share(event))) == [Verdict.APPLIED]
    return key_stream(ACCOUNT, name)


def test_of_a_key_that_is_gone_everywhere_a_copy_may_be_left_that_was_sealed_to_a_region_without_it() -> None:
    """A ReplicateKey that came to nothing has sealed it; that record stands in the log of the region that tried."""
    erased = Erased()
    erased.write(SealingKeyAnnounced(HOME, 4, b"card"))
    assert erased.remains() == set()
    stream = adopted_end(erased, whole=True)
    assert erased.remains() == {Remains(SEALING, 4, stream, 0)}


def test_a_key_that_another_region_lets_go_is_not_gone_everywhere() -> None:
    erased = Erased()
    adopted_end(erased, whole=False)
    assert erased.remains() == set()


def test_the_checker_comes_to_the_same_by_its_own_rules() -> None:
    erased, name = made(multi_region=True)
    adopted_end(erased, whole=True)
    erased.write(EpochOpened(BUCKET, 2))
    erased.write(born(3, 1), domain=(BUCKET, 1))
    erased.write(born(4, 2), domain=(BUCKET, 2))
    erased.write(e.KeyDeleted(ACCOUNT, name, HOME, whole=True))
    plain = PlainFold(HOME, 0, 2, lambda _envelope, _head: None)
    head = erased.head.head
    for position, record in enumerate(erased.log.records):
        signed = decode_record(record).signed
        plain.take(Numbered(decode_envelope(signed), b"", position), head)
    with erased.store.read() as snapshot:
        held = {key[2:]: value for key, value in snapshot.scan(b"erasing", b"", b"")}
    assert plain.erasing.rows == held
    assert len(held) == 3


def test_no_name_that_a_peer_gives_its_streams_stops_the_fold() -> None:
    erased, peer = Erased(), SharedLog()
    assert erased.apply(erased.log.adopt(peer.share(e.AccountCreated(ACCOUNT, PEER, "name")))) == [Verdict.APPLIED]
    begin = user_stream(ACCOUNT, "")
    streams = ((begin + "x" * (LONGEST_STREAM - len(begin)), None), (account_stream(ACCOUNT), None))
    named = peer.share(AccountStandByUpdated(ACCOUNT, HOME), streams=streams)
    assert erased.apply(erased.log.adopt(named, {"secret": wrapped()}, domain=(BUCKET, 1))) == [Verdict.APPLIED]
    assert erased.remains() == set()


def test_what_a_new_primary_has_not_built_on_leaves_remains() -> None:
    """Imported material, pending and in no use: no region keeps it."""
    erased, name = Erased(), multi_region_key_id(1)
    created = e.KeyCreated(ACCOUNT, name, origin="EXTERNAL", primary_region=HOME)
    first, second = (e.MaterialBorn(f"{number:064x}", name, START, wrapped()) for number in (1, 2))
    erased.write(created)
    erased.write(e.KeyMaterialImported(ACCOUNT, name, (first,)), domain=(BUCKET, 1))
    key = erased.row(key_stream(ACCOUNT, name)).state
    assert isinstance(key, Key)
    erased.write(e.KeyMaterialImported(ACCOUNT, name, (second,), pending=True), domain=(BUCKET, 1))
    assert erased.remains() == set()
    whole = encode_whole(key, (HOME, PEER))
    assert erased.write(e.PrimaryRegionUpdated(ACCOUNT, name, PEER, 1, whole)) is Verdict.APPLIED
    assert {one.bucket for one in erased.remains()} == {BUCKET, SEALING}
