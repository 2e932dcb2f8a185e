"""The state is a pure fold of the log, and goes only forward."""

from operator import lt

from replication.fold.judge import Verdict
from replication.records.position import EMPTY_HEAD
from tests.simulation.region import digest_of
from tests.simulation.rest import Rest
from tests.simulation.world import World


def state_is_the_fold_of_the_log(rest: Rest) -> None:
    for name, region in rest.regions.items():
        assert digest_of(rest.histories[name].store) == region.digest(), f"{name} differs from the fold of its log"


def state_goes_forward(world: World) -> None:
    """Sequence, position and adopted numbers never decrease while the state is the same one."""
    for region in world.regions.values():
        head = region.materializer.head(0)
        adopted = [head.adopted.get(name, EMPTY_HEAD).sequence for name in world.regions]
        now = (head.head.sequence, head.shared.sequence, *adopted)
        store, before = world.facts.heads.get(region.name, (None, now))
        if store is region.store:
            assert not any(map(lt, now, before)), f"{region.name}: {before}, {now}"
        world.facts.heads[region.name] = region.store, now


def memory_is_what_is_stored(world: World) -> None:
    """No head runs ahead of what a crash would leave."""
    for region in world.regions.values():
        assert region.materializer.head(0).head.sequence == region.sequence(), region.name


def adopted_is_what_was_shared(rest: Rest) -> None:
    """What a region has adopted of another is the beginning of what that one shares, to the last byte."""
    for name, region in rest.regions.items():
        for origin, head in region.materializer.head(0).adopted.items():
            if origin in rest.histories and head != EMPTY_HEAD:
                assert rest.histories[origin].hashes.get(head.sequence) == head.digest, (name, origin, head.sequence)


def what_was_given_to_one_reaches_all(rest: Rest) -> None:
    """All regions that are left have adopted as much of each, also of one that is lost."""
    heads = {name: region.materializer.head(0).adopted for name, region in rest.regions.items()}
    for origin in rest.world.regions:
        others = [head.get(origin, EMPTY_HEAD) for name, head in heads.items() if name != origin]
        assert len({*others}) == 1, (origin, others)


def nobody_is_alarmed(rest: Rest) -> None:
    for region in rest.regions.values():
        assert region.alarms == []


def nobody_is_accused(rest: Rest) -> None:
    """An attacker makes a region lack records, and never makes it believe that an honest one has signed two."""
    for region in rest.regions.values():
        assert not [alarm for alarm in region.alarms if alarm.verdict is Verdict.FORK], region.alarms


def nothing_is_frozen(rest: Rest) -> None:
    """Regions that do only what they may never meet a record that changes nothing."""
    for name, history in rest.histories.items():
        verdicts = {verdict for verdict, _ in history.numbered}
        assert not verdicts & {Verdict.FROZEN, Verdict.STILL_FROZEN, Verdict.OVERREACH}, (name, verdicts)
