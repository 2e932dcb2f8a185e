"""What happens when somebody wants an account, a user or an access key changed.

Owns the decisions about identity. They are made in the account's home region alone and travel to every peer; an access
key's secret does not: peers get derived signing keys.
"""

from shared.decision import Decision, StateView
from shared.errors import AlreadyExists, NotFound, ValidationFailed
from shared.events import AccessKeyCreated, AccountCreated, SigningKeysIssued, UserCreated
from shared.identifiers import ACCOUNT_PATTERN, account_of_access_key, account_stream, user_stream
from shared.identity.commands import CreateAccessKey, CreateAccount, CreateUser, IssueSigningKeys
from shared.identity.model import AccessKey, Account


def create_account(command: CreateAccount, view: StateView) -> Decision:
    """Errors: ValidationFailed, AlreadyExists."""
    if ACCOUNT_PATTERN.fullmatch(command.account) is None:
        raise ValidationFailed(f"An account id is 12 digits, not '{command.account}'")
    if view.state(account_stream(command.account)) is not None:
        raise AlreadyExists(f"Account {command.account} already exists")
    created = AccountCreated(command.account, command.region, command.name)
    return Decision((created,), (created,), answer=command.account)


def create_user(command: CreateUser, view: StateView) -> Decision:
    """Errors: NotFound, ValidationFailed away from the account's home, AlreadyExists."""
    _require_home(view, command.account, command.region)
    if view.state(user_stream(command.account, command.user_name)) is not None:
        raise AlreadyExists(f"User {command.user_name} already exists")
    created = UserCreated(command.account, command.user_name, command.user_id)
    return Decision((created,), (created,), (account_stream(command.account),), command.user_name)


def create_access_key(command: CreateAccessKey, view: StateView) -> Decision:
    """Errors: NotFound, ValidationFailed away from the account's home, AlreadyExists."""
    _require_home(view, command.account, command.region)
    stream = user_stream(command.account, command.user_name)
    if view.state(stream) is None:
        raise NotFound(f"User {command.user_name} does not exist")
    if account_of_access_key(command.access_key_id) != command.account:
        raise ValidationFailed(f"{command.access_key_id} is no access key id of account {command.account}")
    if view.access_key(command.access_key_id) is not None:
        raise AlreadyExists(f"Access key {command.access_key_id} already exists")
    created = AccessKeyCreated(command.account, command.user_name, command.access_key_id, command.wrapped)
    return Decision((created,), (created._replace(wrapped=None),), (stream,), command.access_key_id)


def issue_signing_keys(command: IssueSigningKeys, view: StateView) -> Decision:
    """Nothing happens where every region has been given just these dates already.

    Errors: NotFound, ValidationFailed away from the account's home.
    """
    _require_home(view, command.account, command.region)
    access_key = _access_key(view, command)
    issued = {region: (first_date, days) for region, first_date, days in access_key.issued}
    if all(issued.get(region) == (command.first_date, command.days) for region in command.sealed):
        return Decision(())
    event = SigningKeysIssued(
        command.account, command.access_key_id, command.first_date, command.days, tuple(sorted(command.sealed))
    )
    return Decision((event,), (event._replace(sealed=dict(command.sealed)),), answer=command.access_key_id)


def _require_home(view: StateView, account: str, region: str) -> None:
    state = view.state(account_stream(account))
    if not isinstance(state, Account):
        raise NotFound(f"Account {account} does not exist")
    if state.home_region != region:
        raise ValidationFailed(f"Account {account} is changed in its home region, {state.home_region}")


def _access_key(view: StateView, command: IssueSigningKeys) -> AccessKey:
    access_key = view.access_key(command.access_key_id)
    if access_key is None or access_key.account != command.account:
        raise NotFound(f"Access key {command.access_key_id} does not exist")
    return access_key
