"""What a region does that two others have made the primary at once, each on a ground of its own.

Owns when that is so, and the decision. The interleaving: A hands the primacy over to B, and C, not knowing, is promoted
by force; each is the primary as far as it knows, and both hand over to A. The two records begin one epoch on two
grounds, and a region keeps the one that it adopts first: what the other one's line has said is overtaken here and in
effect there. No region but A can end it alone, for A may have spoken on either ground. So A begins the next epoch on
top of what it has: that is the greater one everywhere, and says which line it is built on, to the last record.
"""

from shared.decision import Decision, StateView
from shared.events import KeyPromoted
from shared.keys.commands import KeyName
from shared.keys.decide_primary import recorded
from shared.keys.history import regions_of
from shared.keys.model import Key
from shared.keys.whole import encode_whole


def has_two_grounds(key: Key, region: str) -> bool:
    """Whether `region` has the primary in an epoch that another record than the one it builds on has begun as well.

    A promotion of its own counts before every hand-over already, in all regions.
    """
    if not key.chain or key.primary_region != region:
        return False
    begun = [change for change in key.history if change.claims == key.present_epoch]
    is_promoted = any(change.origin == region for change in begun)
    return not is_promoted and any((change.origin, change.number) != key.chain[-1][1:] for change in begun)


def settle_grounds(name: KeyName, built_on: tuple[int, bytes], view: StateView) -> Decision:
    """The next epoch, on top of all that this region has said: up to its record `built_on`, number and hash.

    Nothing where the present epoch has one ground.
    """
    key = view.key(name.account, name.key_id)
    if key is None or not has_two_grounds(key, name.region):
        return Decision(())
    number, digest = built_on
    whole = encode_whole(recorded(view, key), regions_of(key))
    promoted = KeyPromoted(key.account, key.key_id, name.region, key.epoch + 1, name.region, number, digest, whole)
    return Decision((promoted,), (promoted,), answer=key.key_id)
