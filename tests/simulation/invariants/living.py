"""A key's life in a region goes as the published graph says, whatever the log has been through."""

from shared import events as e
from tests.replication.written_log import ACCOUNT
from tests.simulation.rest import History, Rest

_OF_A_LIVING_KEY = (
    e.KeyEnabled,
    e.KeyDisabled,
    e.KeyTagged,
    e.KeyUntagged,
    e.KeyPolicyPut,
    e.KeyDescriptionUpdated,
)


def nothing_leaves_deleted(rest: Rest) -> None:
    """What is said of a key in a region, is said while the key is there; it goes only when it was to go.

    A replica that has gone may be followed by another one of the same id, which the primary's region gives.
    """
    for name, history in rest.histories.items():
        _goes_only_when_scheduled(name, history)


def _goes_only_when_scheduled(name: str, history: History) -> None:
    gone, going = set[str](), set[str]()
    for envelope, event in history.events:
        match event:
            case e.KeyReplicated() if event.replica_region == name and envelope.origin is not None:
                gone.discard(event.key_id)
            case _ if envelope.origin is not None:
                pass
            case e.KeyDeleted() if event.region == name:
                assert event.key_id in going, f"{name}: {event.key_id} went without a deletion"
                gone.add(event.key_id)
                going.discard(event.key_id)
            case e.KeyDeletionScheduled():
                assert event.key_id not in gone, f"{name}: {event.key_id} has gone"
                going.add(event.key_id)
            case e.KeyDeletionCanceled():
                assert event.key_id in going, f"{name}: {event.key_id} was not to go"
                going.discard(event.key_id)
            case e.KeyCreated():
                assert event.key_id not in gone
            case _ if isinstance(event, _OF_A_LIVING_KEY):
                assert event.key_id not in gone, f"{name}: {event.key_id} has gone, and {type(event).__name__}"


def no_key_is_created_twice(rest: Rest) -> None:
    for history in rest.histories.values():
        born = [event.key_id for _, event in history.own_events() if isinstance(event, e.KeyCreated)]
        assert len({*born}) == len(born)


def a_key_that_went_is_gone(rest: Rest) -> None:
    """A single-region key after its deletion is nowhere."""
    for name, history in rest.histories.items():
        for _, event in history.own_events():
            if isinstance(event, e.KeyDeleted) and not event.key_id.startswith("mrk-"):
                assert (event.account, event.key_id) == (ACCOUNT, event.key_id)
                assert event.key_id not in rest.keys[name]
