"""What an event makes of an account, its access keys and its service control policies: the folds of their streams.

A secret arrives `rewrapped` where it was sealed to the region that folds; one that does not arrive is no fault.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.fold import BrokenHistory, Fold
from shared.identity import account_events as e
from shared.identity.evolve import expect
from shared.identity.limits import LEVELS
from shared.identity.model import AccessKey, Account, ServiceControl, SigningKeys
from shared.identity.overtaken import is_settled, marks_left, replaces_hand_over, taking_of
from shared.identity.restating import Restated, restated, with_own_secrets


def _account_created(_state: object, event: e.AccountCreated, fold: Fold) -> Account:
    return Account(event.account, event.home_region, event.name, fold.time, 0, event.stand_by_region)


def _stand_by_updated(state: object, event: e.AccountStandByUpdated, _fold: Fold) -> Account:
    return expect(state, Account)._replace(stand_by_region=event.stand_by_region)


def _synchronous_set(state: object, event: e.AccountSynchronousSet, _fold: Fold) -> Account:
    return expect(state, Account)._replace(synchronous_regions=event.synchronous_regions)


def _home_moved(state: object, event: e.AccountHomeMoved, fold: Fold) -> Account:
    """The greater pair wins, in whichever order the records come; a take-over, over the hand-over to the same home."""
    account = expect(state, Account)
    present = (account.home_epoch, account.home_region)
    if (event.epoch, event.home_region) <= present and not replaces_hand_over(account, event):
        return account
    taken = taking_of(event, fold)
    return account._replace(
        home_region=event.home_region,
        home_epoch=event.epoch,
        stand_by_region=event.stand_by_region,
        taken=(*account.taken, *taken),
        settled=marks_left(account, taken),
    )


def _home_change_settled(state: object, event: e.HomeChangeSettled, fold: Fold) -> Account:
    account = expect(state, Account)
    if is_settled(account, event.region, event.number):
        return account
    mark = (event.region, event.number, event.done_again, fold.author, fold.number)
    return account._replace(settled=(*account.settled, mark))


def _entity_restated(state: object, event: e.EntityRestated, fold: Fold) -> Restated | None:
    return with_own_secrets(restated(event), state, fold.region)


def _access_key_created(_state: object, event: e.AccessKeyCreated, fold: Fold) -> AccessKey:
    # What a peer calls wrapped was wrapped for the peer: nothing but what was sealed to this region opens here.
    arrived = fold.rewrapped.get(e.access_key_secret_id(event.access_key_id))
    return AccessKey(
        event.account,
        event.user_name,
        event.access_key_id,
        fold.time,
        event.wrapped if fold.origin is None else arrived,
        None,
        (),
        service_principal=event.service_principal,
        held_in=event.held_in,
    )


def _secret_given(state: object, event: e.AccessKeySecretGiven, fold: Fold) -> AccessKey:
    access_key = expect(state, AccessKey)
    arrived = fold.rewrapped.get(e.access_key_secret_id(event.access_key_id), access_key.wrapped)
    return access_key._replace(held_in=event.held_in, wrapped=arrived if fold.region in event.held_in else None)


def _status_updated(state: object, event: e.AccessKeyStatusUpdated, _fold: Fold) -> AccessKey:
    return expect(state, AccessKey)._replace(status=event.status)


def _owner_renamed(state: object, event: e.AccessKeyOwnerRenamed, _fold: Fold) -> AccessKey:
    return expect(state, AccessKey)._replace(user_name=event.user_name)


def _access_key_deleted(_state: object, _event: e.AccessKeyDeleted, _fold: Fold) -> None:
    return None


def _signing_keys_issued(state: object, event: e.SigningKeysIssued, fold: Fold) -> AccessKey:
    access_key = expect(state, AccessKey)
    if fold.origin is None:
        issued = {region: (region, first, days) for region, first, days in access_key.issued}
        issued |= {region: (region, event.first_date, event.days) for region in event.regions}
        return access_key._replace(issued=tuple(sorted(issued.values())))
    wrapped = fold.rewrapped.get(e.signing_keys_secret_id(event.access_key_id, event.first_date))
    if wrapped is None:
        return access_key
    return access_key._replace(signing_keys=SigningKeys(event.first_date, event.days, wrapped))


def _service_control_policy_put(state: object, event: e.ServiceControlPolicyPut, _fold: Fold) -> ServiceControl:
    if event.level not in LEVELS:
        raise BrokenHistory(f"there is no level {event.level}")
    others = _other_policies(state, event)
    policies = sorted((*others, (event.level, event.policy_name, event.document)), key=_place)
    return ServiceControl(event.account, tuple(policies))


def _service_control_policy_removed(
    state: object, event: e.ServiceControlPolicyRemoved, _fold: Fold
) -> ServiceControl | None:
    others = _other_policies(state, event)
    return ServiceControl(event.account, others) if others else None


def _other_policies(
    state: object, event: e.ServiceControlPolicyPut | e.ServiceControlPolicyRemoved
) -> tuple[tuple[str, str, str], ...]:
    policies = state.policies if isinstance(state, ServiceControl) else ()
    return tuple(policy for policy in policies if policy[:2] != (event.level, event.policy_name))


def _place(policy: tuple[str, str, str]) -> tuple[int, str]:
    return LEVELS.index(policy[0]), policy[1]


ACCOUNT_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Any]] = {
    e.AccountCreated: _account_created,
    e.AccountStandByUpdated: _stand_by_updated,
    e.AccountSynchronousSet: _synchronous_set,
    e.AccountHomeMoved: _home_moved,
    e.HomeChangeSettled: _home_change_settled,
    e.EntityRestated: _entity_restated,
    e.AccessKeyCreated: _access_key_created,
    e.AccessKeySecretGiven: _secret_given,
    e.AccessKeyStatusUpdated: _status_updated,
    e.AccessKeyOwnerRenamed: _owner_renamed,
    e.AccessKeyDeleted: _access_key_deleted,
    e.SigningKeysIssued: _signing_keys_issued,
    e.ServiceControlPolicyPut: _service_control_policy_put,
    e.ServiceControlPolicyRemoved: _service_control_policy_removed,
}
