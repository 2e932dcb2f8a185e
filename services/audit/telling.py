"""An entry that was found, as CloudTrail tells it in the trail in which it was found.

Owns that the ids of its copies are those of the entry's place.
"""

from typing import Any

from services.audit.trail.forms import Found
from shared.audit.cloudtrail import cloudtrail_event
from shared.audit.frame import entry_id


def told_of(region: str, found: Found) -> dict[str, Any]:
    """One event, as JSON has it. Times are in it to the second, as in CloudTrail's."""
    own, shared = (entry_id(found.leaf, found.chain, found.number, account) for account in (found.account, ""))
    return cloudtrail_event(found.entry, region, own, shared, found.account)
