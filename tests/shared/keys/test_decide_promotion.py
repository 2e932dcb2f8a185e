"""Who may promote a replica by force, and what is settled of that which it overtakes."""

import pytest

from shared.errors import InvalidKeyState, KeytideError, NotFound, UnsupportedOperation
from shared.events import KeyPromoted, OvertakenSettled
from shared.keys.commands import ScheduleKeyDeletion
from shared.keys.decide_deletion import schedule_key_deletion
from shared.keys.decide_promotion import PromoteKey, SettleOvertaken, promote_key, settle_overtaken
from shared.keys.errors import NothingOvertaken, NotPromotable
from shared.keys.model import Key, SharedChange
from shared.keys.whole import decode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID, MULTI_REGION_NAME, NAME, REGION
from tests.shared.keys.test_decide_deletion import NOW, REPLICA, family
from tests.shared.memory_view import MemoryView

THERE = MULTI_REGION_NAME._replace(region=REPLICA)
PROMOTE = PromoteKey(THERE, REGION, (7, b"hash"), ("ap-southeast-2",))


def key_of(view: MemoryView) -> Key:
    key = view.key(ACCOUNT, MULTI_REGION_KEY_ID)
    assert key is not None
    return key


def test_a_replica_makes_itself_the_primary_on_top_of_what_it_has_adopted() -> None:
    _, replica = family()
    decision = promote_key(PROMOTE, replica)
    (promoted,) = decision.events
    assert isinstance(promoted, KeyPromoted)
    assert decision.shared_events == decision.events
    assert (promoted.primary_region, promoted.epoch, promoted.former_region) == (REPLICA, 1, REGION)
    assert (promoted.built_on_number, promoted.built_on_hash, promoted.unheard) == (7, b"hash", ("ap-southeast-2",))
    whole = decode_whole(promoted.shared_state)
    assert set(whole.regions) == {REGION, REPLICA}
    assert [m.material_id.hex() for m in whole.materials] == [m.material_id for m in key_of(replica).materials]
    replica.apply(decision.events)
    assert (key_of(replica).present_epoch, key_of(replica).replica_regions) == ((1, REPLICA), (REGION,))


@pytest.mark.parametrize(
    ("command", "error", "text"),
    [
        (PROMOTE._replace(key=MULTI_REGION_NAME), NotPromotable, "is the multi-region primary key already"),
        (PROMOTE._replace(key=MULTI_REGION_NAME._replace(key_id=NAME.key_id)), NotFound, "does not exist"),
    ],
)
def test_who_has_no_replica_to_promote_is_told_why(command: PromoteKey, error: type[KeytideError], text: str) -> None:
    primary, _ = family()
    with pytest.raises(error, match=text):
        promote_key(command, primary)


def test_another_primary_than_the_one_that_was_looked_at_is_not_promoted_past() -> None:
    _, replica = family()
    with pytest.raises(NotPromotable, match=f"is in {REGION} by now"):
        promote_key(PROMOTE._replace(former_region="ap-southeast-2"), replica)


def test_a_replica_that_is_to_go_is_not_promoted() -> None:
    _, replica = family()
    replica.apply(schedule_key_deletion(ScheduleKeyDeletion(THERE, 7, NOW), replica).events)
    with pytest.raises(InvalidKeyState, match="is pending deletion"):
        promote_key(PROMOTE, replica)


def test_what_is_overtaken_is_settled_once_and_by_the_primary() -> None:
    primary, replica = family()
    replica.apply(promote_key(PROMOTE, replica).events)
    lost = SharedChange(REGION, 8, 0, NOW, b"\x90")
    replica.states[f"key/{ACCOUNT}/{MULTI_REGION_KEY_ID}"] = key_of(replica)._replace(history=(lost,))
    command = SettleOvertaken(THERE, REGION, 8, done_again=False)
    settled = OvertakenSettled(ACCOUNT, MULTI_REGION_KEY_ID, REGION, 8)
    decision = settle_overtaken(command, replica)
    assert decision.events == decision.shared_events == (settled,)
    with pytest.raises(NothingOvertaken):
        settle_overtaken(command._replace(number=7), replica)
    replica.apply(decision.events)
    with pytest.raises(NothingOvertaken):
        settle_overtaken(command, replica)
    with pytest.raises((UnsupportedOperation, NothingOvertaken)):
        settle_overtaken(command._replace(key=MULTI_REGION_NAME), primary)
