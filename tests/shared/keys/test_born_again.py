"""A turned region has material born again whose id it has read: all regions end alike, whatever they hear first."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import pytest

from replication.state.rows import Row
from replication.verify.authority import Partition, permitted
from shared import events as e
from shared.authority import overreach
from shared.evolve import evolve
from shared.fold import Fold
from shared.here import Here, Standing
from shared.identifiers import key_stream
from shared.keys.history import overtaken
from shared.keys.model import Key, KeyMaterial
from shared.keys.remembering import remember
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.test_promotion_of_rotations import FIRST, KEY, NEW, OLD, REGIONS, SECOND, THIRD

STREAM = key_stream(ACCOUNT, MULTI_REGION_KEY_ID)
COMMITTING = KEY._replace(materials=(OLD._replace(id_commits=True),))
BORN = e.MaterialBorn(NEW.material_id, MULTI_REGION_KEY_ID, 6, None, {THIRD: b"s"}, id_commits=True)
AGAIN = BORN._replace(created_at=3)


class Said(NamedTuple):
    """`brings`: what of it opens in the region that adopts, and is what its id says."""

    origin: str
    number: int
    epoch: tuple[int, str]
    event: e.Event
    brings: bytes | None = None


def rotated(born: e.MaterialBorn) -> e.KeyRotated:
    return e.KeyRotated(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", born.material_id, (born,))


def started(born: e.MaterialBorn) -> e.KeyRotationStarted:
    return e.KeyRotationStarted(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", (born,))


def promoted(*named: KeyMaterial) -> e.KeyPromoted:
    whole = encode_whole(COMMITTING._replace(materials=(*COMMITTING.materials, *named)), REGIONS)
    return e.KeyPromoted(ACCOUNT, MULTI_REGION_KEY_ID, SECOND, 1, FIRST, 4, bytes(32), whole)


def promoted_past() -> e.KeyPromoted:
    whole = encode_whole(COMMITTING._replace(chain=((0, FIRST, 4),)), REGIONS)
    return e.KeyPromoted(ACCOUNT, MULTI_REGION_KEY_ID, THIRD, 2, SECOND, 7, bytes(32), whole)


def adopted(key: Key, said: Said) -> Key:
    """`key` after a record that is taken or refused, by both writings of the rule alike."""
    rewrapped = {} if said.brings is None else {NEW.material_id: said.brings}
    heard = {FIRST: {}, SECOND: {FIRST: 4}, THIRD: {FIRST: 4, SECOND: 7}}[said.origin]
    fold = Fold(THIRD, said.number, said.origin, rewrapped, said.number, said.epoch, "", heard)
    here = Here(THIRD, lambda _: True, lambda _: key, said.epoch, said.number, fold.adopted)
    is_taken = overreach(said.origin, here, {STREAM: Standing(key, True)}, (said.event,)) == ""
    partition = Partition(THIRD, 0, 1, lambda _: Row(1, key, False))
    assert permitted(fold, partition, (STREAM,), (said.event,)) is is_taken
    if not is_taken:
        return key
    after = evolve(key, said.event, fold)
    assert isinstance(after, Key)
    return remember(after, (said.event,), fold)


def orders(records: Sequence[Said]) -> Iterator[tuple[Said, ...]]:
    """All in which each region's records come in its own order."""
    for order in permutations(records):
        if all(
            a.number < b.number for at, a in enumerate(order) for b in order[at:] if a.origin == b.origin and a != b
        ):
            yield order


def ends(key: Key, records: Sequence[Said]) -> list[Key]:
    return [lived(key, order) for order in orders(records)]


def lived(key: Key, records: Sequence[Said]) -> Key:
    for said in records:
        key = adopted(key, said)
    return key


def alike(keys: Sequence[Key]) -> bool:
    """But for the order in which what is remembered was heard."""
    return len({(key._replace(history=()), frozenset(key.history)) for key in keys}) == 1


FIRST_SAYS = (Said(FIRST, 5, (0, FIRST), rotated(BORN), b"true"), Said(FIRST, 5, (0, FIRST), started(BORN), b"true"))
TURNED = Said(SECOND, 7, (1, SECOND), promoted())
MENDED = Said(THIRD, 2, (2, THIRD), promoted_past())
TURNED_SAYS = [rotated(AGAIN), started(AGAIN), rotated(AGAIN._replace(id_commits=False))]


@pytest.mark.parametrize("honest", FIRST_SAYS)
@pytest.mark.parametrize("brings", [None, b"true"])
@pytest.mark.parametrize("again", TURNED_SAYS)
def test_material_that_is_born_again_is_the_same_whichever_birth_comes_first(
    honest: Said, again: e.Event, brings: bytes | None
) -> None:
    keys = ends(COMMITTING, (honest, TURNED, Said(SECOND, 8, (1, SECOND), again, brings)))
    assert alike(keys)
    (held,) = (material for material in keys[0].materials if material.material_id == NEW.material_id)
    assert (held.wrapped, held.id_commits) == (b"true", True)
    assert [change.number for change in overtaken(keys[0])] == [5]


@pytest.mark.parametrize("again", TURNED_SAYS)
def test_so_it_is_where_a_region_is_promoted_past_both(again: e.Event) -> None:
    says = Said(SECOND, 8, (1, SECOND), again)
    for honest in FIRST_SAYS:
        ways = [order for order in orders((honest, TURNED, says, MENDED)) if order.index(TURNED) < order.index(MENDED)]
        keys = [lived(COMMITTING, order) for order in ways]
        assert {key.present_epoch for key in keys} == {(2, THIRD)}
        assert alike(keys)


@pytest.mark.parametrize("claims", [True, False])
def test_who_gives_a_replica_says_nothing_of_the_birth(claims: bool) -> None:
    """Else material of before, whose id says nothing, could be given to nobody any more."""
    given = (e.MaterialBorn(OLD.material_id, OLD.born_key_id, 5, id_commits=claims),)
    spec = (KEY.spec, KEY.usage, KEY.origin)
    replicated = e.KeyReplicated(ACCOUNT, MULTI_REGION_KEY_ID, *spec, given, FIRST, (SECOND, THIRD), SECOND)
    after = lived(KEY, (TURNED, Said(FIRST, 5, (0, FIRST), replicated)))
    assert [change.number for change in overtaken(after)] == [5]
    assert [material.id_commits for material in after.materials] == [False]


@pytest.mark.parametrize("honest", FIRST_SAYS)
def test_what_a_promotion_names_before_it_is_heard_of_is_what_its_birth_says(honest: Said) -> None:
    named = NEW._replace(born_key_id="mrk-" + "e" * 32, created_at=1)
    keys = ends(COMMITTING, (honest, TURNED._replace(event=promoted(named))))
    assert alike(keys)
    (held,) = (material for material in keys[0].materials if material.material_id == NEW.material_id)
    assert (held.wrapped, held.born_key_id, held.id_commits) == (b"true", MULTI_REGION_KEY_ID, True)


IN_USE, OTHER_BIRTH = AGAIN._replace(material_id=OLD.material_id), AGAIN._replace(born_key_id="mrk-" + "e" * 32)
OF_BEFORE = KEY._replace(materials=(OLD._replace(id_commits=False), NEW._replace(id_commits=True)))


@pytest.mark.parametrize(
    ("key", "born", "may"),
    [
        (COMMITTING, AGAIN, True),
        (COMMITTING, AGAIN._replace(id_commits=False), False),
        (KEY, AGAIN._replace(id_commits=False), True),
        (COMMITTING, OTHER_BIRTH, False),
        (COMMITTING, IN_USE, False),
        (OF_BEFORE, IN_USE, False),
        (OF_BEFORE._replace(materials=(OLD._replace(overtaken=True), *OF_BEFORE.materials[1:])), IN_USE, False),
    ],
)
def test_what_may_be_born(key: Key, born: e.MaterialBorn, may: bool) -> None:
    for event in (rotated(born), started(born)):
        assert (adopted(key, Said(FIRST, 5, (0, FIRST), event)) != key) is may
