"""The checker's own reading of what a home may say of its account, and who may move it: apart from the fold's rule."""

from shared.events import Event
from shared.identity.account_events import AccountHomeMoved, EntityRestated
from shared.identity.model import Account
from shared.identity.restating import is_restatable


def may_change(origin: str, account: Account, event: Event) -> bool:
    is_sound = is_restatable(event) if isinstance(event, EntityRestated) else True
    return is_sound and account.home_region == origin


def may_move(origin: str, account: Account, event: AccountHomeMoved) -> bool:
    """By the home to its stand-by; by the stand-by on top of that, or on a hand-over that it had not heard of."""
    speaker = event.home_region if event.forced else account.home_region
    if (event.epoch, event.home_region) == (account.home_epoch, account.home_region):
        was_handed = event.former_region is not None and event.former_region == account.stand_by_region
        return event.forced and was_handed and origin == speaker
    return origin == speaker and event.home_region == account.stand_by_region and event.epoch > account.home_epoch
