"""What was acknowledged is in effect, once, and binds whatever comes after."""

from collections import Counter

from replication.records.record import Envelope
from replication.writing.draft import settled
from shared.events import KeyDeleted, KeyReplicated
from shared.keys.model import ENABLED, UPDATING
from tests.simulation.rest import History, Rest, history_of
from tests.simulation.world import World


def acknowledged_when_done(world: World) -> None:
    """Who hears of success finds it in the state at once."""
    assert not world.facts.too_early


def acknowledged_is_kept(rest: Rest) -> None:
    """Whatever a client has heard of stands in a fold of the whole log, crashes and lost states or not."""
    for name, history in rest.histories.items():
        done = {envelope.command_id for envelope in history.applied}
        for command_id, answer in rest.world.facts.acknowledged.get(name, []):
            assert command_id in done, f"{name} has forgotten command {command_id.hex()}"
            assert settled(answer.verdict)


def answered_survives_its_region(rest: Rest) -> None:
    """What a region had shared when it answered, every region that is left has adopted."""
    for origin, command_id in rest.world.facts.answered:
        history = rest.histories.get(origin) or history_of(rest.world.regions[origin])
        numbers = [number for number, envelope in history.shared.items() if envelope.command_id == command_id]
        for number, region in ((number, region) for number in numbers for region in rest.regions.values()):
            if region.name != origin:
                adopted = region.materializer.head(0).adopted_numbers().get(origin, 0)
                assert adopted >= number, f"{region.name} lacks record {number}, which {origin} has answered"


def acknowledged_tags_stand(rest: Rest) -> None:
    for command in rest.world.commands:
        if not command.tag:
            continue
        key_id, tag = command.tag
        if command.applied and command.region in rest.keys and not _left(rest.histories[command.region], key_id):
            key = rest.keys[command.region].get(key_id)
            assert key, f"{key_id} is gone"
            assert dict(key.tags).get(tag) == "set", f"{tag} of {key_id} is gone"


def _left(history: History, key_id: str) -> bool:
    """Whether the key has ever gone from the region, which takes its tags."""
    gone = (KeyDeleted, KeyReplicated)
    return any(isinstance(event, gone) and event.key_id == key_id for _, event in history.own_events())


def each_command_once(rest: Rest) -> None:
    for history in rest.histories.values():
        assert set(Counter(map(_record, history.applied)).values()) <= {1}
        commands = Counter(envelope.command_id for envelope in history.applied if envelope.command_id is not None)
        assert set(commands.values()) <= {1}, commands.most_common(1)


def _record(envelope: Envelope) -> tuple[object, ...]:
    return envelope.author, envelope.sequence


def each_use_obeys_what_was_acknowledged(world: World) -> None:
    for use in world.facts.new_uses:
        assert use.applied >= use.acknowledged, f"{use.region} served {use.applied} after {use.acknowledged}"
        assert use.state in (ENABLED, UPDATING), f"{use.region} used a key that is {use.state}"
