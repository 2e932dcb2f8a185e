"""What happens when somebody wants access keys made, switched, deleted, or their signing keys issued.

Owns where a secret goes: the log of the account's home holds it wrapped, the shared form sealed to the stand-by alone;
other peers get derived signing keys.
"""

from collections.abc import Mapping

from shared.decision import Decision, StateView
from shared.errors import NotFound, ValidationFailed
from shared.events import AccessKeyCreated, SigningKeysIssued
from shared.identifiers import account_of_access_key, account_stream
from shared.identity.account_events import AccessKeyDeleted, AccessKeySecretGiven, AccessKeyStatusUpdated
from shared.identity.commands import (
    CreateAccessKey,
    DeleteAccessKey,
    GiveSecret,
    IssueSigningKeys,
    UpdateAccessKey,
)
from shared.identity.deciding import NOTHING, decided, over_quota, require_home
from shared.identity.errors import EntityAlreadyExists
from shared.identity.finding import access_key_of, access_keys_of, user_named
from shared.identity.model import ACTIVE, INACTIVE, AccessKey, Account
from shared.identity.naming import SERVICE_PRINCIPAL_PATTERN


def create_access_key(command: CreateAccessKey, view: StateView) -> Decision:
    """What a service calls with is no user's, and no quota counts it.

    Errors: NotFound, NotHome, NoSuchEntity, IdentityLimitExceeded, ValidationFailed, EntityAlreadyExists.
    """
    account = require_home(view, command.account, command.region)
    _require_owner(command, view)
    if account_of_access_key(command.access_key_id) != command.account:
        raise ValidationFailed(f"{command.access_key_id} is no access key id of account {command.account}")
    if view.access_key(command.access_key_id) is not None:
        raise EntityAlreadyExists(f"Access key {command.access_key_id} already exists")
    created = AccessKeyCreated(
        command.account,
        command.user_name,
        command.access_key_id,
        command.wrapped,
        service_principal=command.service_principal,
        held_in=_held_in(account, command.sealed),
    )
    shared = created._replace(wrapped=None, sealed=command.sealed or None)
    made = _decided(command.account, created, shared, command.access_key_id)
    if not command.bundles:
        return made
    issued = _issued(command.account, command.access_key_id, command.first_date, command.days, command.bundles)
    return made._replace(events=made.events + issued.events, shared_events=made.shared_events + issued.shared_events)


def _require_owner(command: CreateAccessKey, view: StateView) -> None:
    if command.service_principal:
        if SERVICE_PRINCIPAL_PATTERN.fullmatch(command.service_principal) is None:
            raise ValidationFailed(f"'{command.service_principal}' is no service; one looks like backup.example.com")
        return
    if command.user_name:
        user_named(view, command.account, command.user_name)
    if sum(1 for _ in access_keys_of(view, command.account, command.user_name)) >= command.most:
        raise over_quota("AccessKeysPerUser", command.most)


def update_access_key(command: UpdateAccessKey, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, ValidationFailed."""
    require_home(view, command.account, command.region)
    access_key = _owned(command, view)
    if command.status not in (ACTIVE, INACTIVE):
        raise ValidationFailed(f"The status of an access key is {ACTIVE} or {INACTIVE}, not '{command.status}'")
    if access_key.status == command.status:
        return NOTHING
    return decided(command.account, AccessKeyStatusUpdated(command.account, command.access_key_id, command.status))


def delete_access_key(command: DeleteAccessKey, view: StateView) -> Decision:
    """Everything that any region holds of it goes with it. Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    _owned(command, view)
    return decided(command.account, AccessKeyDeleted(command.account, command.access_key_id))


def _owned(command: UpdateAccessKey | DeleteAccessKey, view: StateView) -> AccessKey:
    return access_key_of(view, command.account, command.user_name, command.access_key_id, command.service_principal)


def give_secret(command: GiveSecret, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed for what is not sealed to the stand-by and nobody else."""
    account = require_home(view, command.account, command.region)
    access_key = _known(view, command.account, command.access_key_id)
    held_in = _held_in(account, command.sealed)
    if access_key.held_in == held_in and not command.again:
        return NOTHING
    event = AccessKeySecretGiven(command.account, command.access_key_id, held_in)
    return _decided(command.account, event, event._replace(sealed=dict(command.sealed) or None), "")


def issue_signing_keys(command: IssueSigningKeys, view: StateView) -> Decision:
    """Nothing happens where every region has been given just these dates already. Errors: NotFound, NotHome."""
    require_home(view, command.account, command.region)
    access_key = _known(view, command.account, command.access_key_id)
    issued = {region: (first_date, days) for region, first_date, days in access_key.issued}
    is_known = all(issued.get(region) == (command.first_date, command.days) for region in command.sealed)
    if is_known and not command.again:
        return NOTHING
    return _issued(command.account, command.access_key_id, command.first_date, command.days, command.sealed)


def _issued(account: str, access_key_id: str, first_date: str, days: int, sealed: Mapping[str, bytes]) -> Decision:
    event = SigningKeysIssued(account, access_key_id, first_date, days, tuple(sorted(sealed)))
    return _decided(account, event, event._replace(sealed=dict(sealed)), access_key_id)


def _held_in(account: Account, sealed: Mapping[str, bytes] | None) -> tuple[str, ...]:
    stand_by = frozenset(sealed or ())
    if not stand_by <= {account.stand_by_region}:
        raise ValidationFailed(f"Secrets of account {account.account} are sealed to its stand-by alone")
    return tuple(sorted({account.home_region, *stand_by}))


def _known(view: StateView, account: str, access_key_id: str) -> AccessKey:
    access_key = view.access_key(access_key_id)
    if access_key is None or access_key.account != account:
        raise NotFound(f"Access key {access_key_id} does not exist")
    return access_key


def _decided(
    account: str,
    event: AccessKeyCreated | AccessKeySecretGiven | SigningKeysIssued,
    shared: AccessKeyCreated | AccessKeySecretGiven | SigningKeysIssued,
    answer: str,
) -> Decision:
    return Decision((event,), (shared,), (account_stream(account),), answer)
