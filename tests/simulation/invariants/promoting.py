"""One primary an epoch, and nothing that an earlier one did is lost silently."""

from collections.abc import Iterator

from shared import events as e
from shared.keys.condensing import first_number, first_of
from shared.keys.epochs import counts
from shared.keys.history import is_overtaken
from shared.keys.model import Key, SharedChange
from shared.keys.remembering import OF_THE_PRIMARY
from shared.keys.specs import AWS_KMS
from tests.simulation.promotion import listed, strayed
from tests.simulation.rest import Rest, Said


def regions_agree_on_what_is_overtaken(rest: Rest) -> None:
    first, *others = ({key_id: _shared_part(key) for key_id, key in keys.items()} for keys in rest.keys.values())
    for other in others:
        assert other == first


def _shared_part(key: Key) -> tuple[object, ...]:
    materials = [material._replace(wrapped=None, valid_to=None) for material in key.materials]
    return key.present_epoch, key.replica_regions, key.rotation, key.under_way, key.chain, materials, listed(key)


def one_region_an_epoch(rest: Rest) -> None:
    """Whoever speaks in an epoch is its region, and two regions never have one at once."""
    for said in rest.said:
        if isinstance(said.event, OF_THE_PRIMARY) and said.epoch is not None:
            assert said.epoch[1] == said.origin, said
    for key_id in {key_id for keys in rest.keys.values() for key_id in keys}:
        primaries = [name for name, keys in rest.keys.items() if key_id in keys and _leads(keys[key_id], name)]
        assert len(primaries) <= 1, (key_id, primaries)


def _leads(key: Key, region: str) -> bool:
    return key.is_multi_region and key.held_here and key.primary_region == region


def members_have_the_key(rest: Rest) -> None:
    for name, keys in rest.keys.items():
        for key in keys.values():
            if name in key.replica_regions:
                assert key.held_here
            if key.held_here and name not in (key.primary_region, *key.replica_regions):
                assert strayed(key, name)


def members_have_every_secret(rest: Rest) -> None:
    """What may have encrypted anything decrypts in every region of the key, overtaken or not."""
    for name, keys in rest.keys.items():
        for key in keys.values():
            if key.origin == AWS_KMS and key.held_here and name in (key.primary_region, *key.replica_regions):
                assert all(material.wrapped is not None for material in key.materials)


def nothing_is_lost_silently(rest: Rest) -> None:
    """Whatever a primary has shared is in effect, or listed, or was settled."""
    for keys in rest.keys.values():
        for key in keys.values():
            lost = [change for change in key.history if is_overtaken(key, change)]
            remembered = {(change.origin, change.number) for change in lost}
            for origin, number, epoch, event in _of(key, rest):
                if epoch is not None and counts(key, epoch, number):
                    assert (origin, number) not in remembered
                elif not isinstance(event, e.OvertakenSettled):
                    is_listed = any(_stands_for(change, origin, number) for change in lost)
                    assert is_listed or _was_settled(key, rest, origin, number), (origin, event)


def _stands_for(change: SharedChange, origin: str, number: int) -> bool:
    return change.origin == origin and first_number(change) <= number <= change.number


def _was_settled(key: Key, rest: Rest, origin: str, number: int) -> bool:
    return any(
        said.event.region == origin and first_of(said.event) <= number <= said.event.number
        for said in _of(key, rest)
        if isinstance(said.event, e.OvertakenSettled)
    )


def _of(key: Key, rest: Rest) -> Iterator[Said]:
    for said in rest.said:
        if isinstance(said.event, OF_THE_PRIMARY) and said.event.key_id == key.key_id and said.epoch:
            yield said
