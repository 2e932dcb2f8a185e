"""Erasing under every order in which records can reach the log: nothing that lives is lost, nothing that went outlives.

Authors decide on what they see, and their records come into the log later, in any order, or never. Whatever that order
is: no live secret rests on a closed epoch, and no record, void ones too, holds a secret under a later epoch than the
one that bounds its remains.
"""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from replication.fold.erasing import domain_in, remains_in
from replication.fold.resting import scan
from replication.records.position import extend
from replication.records.record import decode_envelope, decode_record, record_hash
from replication.verify.chain import Numbered
from replication.verify.fold import PlainFold
from shared import events as e
from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret
from shared.erasure.decide import may_close
from shared.erasure.events import EpochClosed, EpochOpened, SecretRewrapped
from shared.erasure.live import live_secrets
from shared.erasure.model import Domain
from shared.events import Event, stream_of
from shared.identifiers import domain_stream, key_stream
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, HOME, START, WrittenLog, key_id

BUCKET, PARTITIONS, KEYS = 6, 2, 3


class Decided(NamedTuple):
    """A record on its way: its event, the revision it rests on, and the epoch of its secrets."""

    event: Event
    revision: int
    epoch: int | None = None
    key: int | None = None


class World:
    """A log, its fold, and what authors have decided and not written yet."""

    def __init__(self) -> None:
        self.log, self.folding = WrittenLog(), Folding()
        self.folding.apply(self.log.open())
        self.on_its_way: list[Decided] = []
        self.written: list[tuple[int, int]] = []
        """(key, epoch) of every secret that stands in the log, whatever became of its record."""

    def domain(self) -> Domain:
        with self.folding.store.read() as snapshot:
            return domain_in(snapshot, PARTITIONS, BUCKET)

    def live(self, number: int) -> bool:
        return bool(live_secrets(self.folding.row(key_stream(ACCOUNT, key_id(number))).state))

    def decide(self, event: Event, epoch: int | None = None, key: int | None = None) -> None:
        self.on_its_way.append(Decided(event, self.folding.row(stream_of(event)).revision, epoch, key))

    def create(self, number: int) -> None:
        if self.folding.row(key_stream(ACCOUNT, key_id(number))).revision == 0:
            epoch = self.domain().epoch
            material = e.MaterialBorn(f"{number:064x}", key_id(number), START, wrapped(epoch))
            self.decide(e.KeyCreated(ACCOUNT, key_id(number), materials=(material,)), epoch, number)

    def delete(self, number: int) -> None:
        if self.live(number):
            self.decide(e.KeyDeleted(ACCOUNT, key_id(number), HOME, whole=True))

    def wrap_again(self, number: int) -> None:
        if self.live(number):
            epoch = self.domain().epoch
            again = SecretRewrapped(ACCOUNT, "key", key_id(number), {f"{number:064x}": wrapped(epoch)})
            self.decide(again, epoch, number)

    def open(self, _number: int) -> None:
        self.decide(EpochOpened(BUCKET, self.domain().epoch + 1))

    def close(self, _number: int) -> None:
        domain = self.domain()
        with self.folding.store.read() as snapshot:
            found, _ = scan(snapshot, 0, None, 100)
        if may_close(domain) and all(epoch == domain.epoch for one in found for _, epoch in one.places):
            self.decide(EpochClosed(BUCKET, domain.epoch - 1))

    def write(self, number: int) -> None:
        if self.on_its_way:
            one = self.on_its_way.pop(number % len(self.on_its_way))
            domain = None if one.epoch is None else (BUCKET, one.epoch)
            self.folding.apply(self.log.write(one.event, expected={stream_of(one.event): one.revision}, domain=domain))
            if one.epoch is not None and one.key is not None:
                self.written.append((one.key, one.epoch))

    def pass_over(self, number: int) -> None:
        """A record comes too late, after its author has begun anew: it stands in the log, and no fold looks at it."""
        if self.on_its_way:
            one = self.on_its_way.pop(number % len(self.on_its_way))
            if one.epoch is not None and one.key is not None:
                self.written.append((one.key, one.epoch))

    def require_all_live_ones_open(self) -> None:
        closed = self.domain().closed
        with self.folding.store.read() as snapshot:
            found, _ = scan(snapshot, 0, None, 100)
        assert all(epoch > closed for one in found for _, epoch in one.places)

    def require_bounds(self) -> None:
        """Of what has gone."""
        with self.folding.store.read() as snapshot:
            bounds = {(one.stream): one.epoch for one in remains_in(snapshot, 0)}
        for number, epoch in self.written:
            stream = key_stream(ACCOUNT, key_id(number))
            if self.folding.row(stream).revision and not self.live(number):
                assert epoch <= bounds[stream], f"{stream} stands under epoch {epoch} in the log"

    def require_the_checker_agrees(self) -> None:
        plain, head = PlainFold(HOME, 0, PARTITIONS, lambda _envelope, _head: None), Folding().head.head
        for position, record in enumerate(self.log.records):
            signed = decode_record(record).signed
            head = extend(head, record_hash(signed))
            plain.take(Numbered(decode_envelope(signed), b"", position), head)
        with self.folding.store.read() as snapshot:
            held = {key[2:]: value for key, value in snapshot.scan(b"erasing", b"", b"")}
            rows = {key[2:].decode(): value for key, value in snapshot.scan(b"streams", b"", b"")}
        assert (plain.erasing.rows, plain.rows) == (held, rows)
        assert domain_stream(BUCKET) in rows or self.domain() == Domain(BUCKET)


def wrapped(epoch: int) -> bytes:
    return WrappedSecret(BUCKET, epoch, bytes(NONCE_LENGTH), b"secret").encode()


ACTIONS: tuple[Callable[[World, int], None], ...] = (
    World.create,
    World.delete,
    World.wrap_again,
    World.open,
    World.close,
    World.write,
    World.write,
    World.write,
    World.pass_over,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, KEYS - 1)), max_size=60))
def test_whatever_order_records_come_in_nothing_live_is_lost_and_nothing_gone_outlives_its_bound(
    history: list[tuple[Callable[[World, int], None], int]],
) -> None:
    world = World()
    for number in range(KEYS):
        world.create(number)
        world.write(0)
    for action, number in history:
        action(world, number)
        world.require_all_live_ones_open()
        world.require_bounds()
    world.require_the_checker_agrees()
