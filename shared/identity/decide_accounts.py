"""What happens when the operator wants an account made, moved or bound by service control policies.

Owns the rules of an account's home: it hands over to its stand-by, which by then holds the secret of every access key;
or the stand-by takes over at a greater epoch when the home is gone.
"""

from shared.decision import Decision, StateView
from shared.errors import ValidationFailed
from shared.events import AccountCreated
from shared.identifiers import ACCOUNT_PATTERN, REGION_PATTERN, account_stream
from shared.identity.account_events import (
    AccountHomeMoved,
    AccountStandByUpdated,
    AccountSynchronousSet,
    ServiceControlPolicyPut,
    ServiceControlPolicyRemoved,
)
from shared.identity.commands import (
    CreateAccount,
    MoveAccountHome,
    PutServiceControlPolicy,
    RemoveServiceControlPolicy,
    SetSynchronous,
    TakeAccountHome,
    UpdateStandBy,
)
from shared.identity.deciding import NOTHING, decided, known_account, over_quota, require_home
from shared.identity.documents import SERVICE_CONTROL_POLICY, require_document
from shared.identity.errors import EntityAlreadyExists, NoSuchEntity
from shared.identity.limits import LEVELS, LIMITS
from shared.identity.model import AccessKey, Account, ServiceControl
from shared.identity.naming import ACCESS_KEY, ACCOUNT_NAME_PATTERN, NAME_PATTERN, service_control_stream
from shared.keys.synchronous import REGIONS_MOST


def create_account(command: CreateAccount, view: StateView) -> Decision:
    """Errors: ValidationFailed, EntityAlreadyExists."""
    if ACCOUNT_PATTERN.fullmatch(command.account) is None:
        raise ValidationFailed(f"An account id is 12 digits, not '{command.account}'")
    if ACCOUNT_NAME_PATTERN.fullmatch(command.name) is None:
        raise ValidationFailed("An account's name has 1 to 50 characters, printable ones of ASCII")
    _require_another(command.region, command.stand_by_region)
    if view.state(account_stream(command.account)) is not None:
        raise EntityAlreadyExists(f"Account {command.account} already exists")
    created = AccountCreated(command.account, command.region, command.name, command.stand_by_region)
    return Decision((created,), (created,), answer=command.account)


def update_stand_by(command: UpdateStandBy, view: StateView) -> Decision:
    """The secrets follow as they are due. Errors: NotFound, NotHome, ValidationFailed."""
    account = require_home(view, command.account, command.region)
    _require_another(command.region, command.stand_by_region)
    if account.stand_by_region == command.stand_by_region:
        return NOTHING
    return decided(command.account, AccountStandByUpdated(command.account, command.stand_by_region))


def set_synchronous(command: SetSynchronous, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed."""
    account = require_home(view, command.account, command.region)
    if not 0 <= command.synchronous_regions <= REGIONS_MOST:
        raise ValidationFailed(f"A change waits for 0 to {REGIONS_MOST} regions, not {command.synchronous_regions}")
    if account.synchronous_regions == command.synchronous_regions:
        return NOTHING
    return decided(command.account, AccountSynchronousSet(command.account, command.synchronous_regions))


def move_home(command: MoveAccountHome, view: StateView) -> Decision:
    """Errors: NotFound, NotHome; ValidationFailed without a stand-by that holds every secret."""
    account = require_home(view, command.account, command.region)
    stand_by = _stand_by(account)
    missing = [key.access_key_id for key in access_keys(view, command.account) if stand_by not in key.held_in]
    if missing:
        raise ValidationFailed(
            f"Region {stand_by} does not have the secret of {missing[0]} yet; it is given as it is due. Try later."
        )
    return decided(command.account, _moved(account, stand_by, command.region))


def take_home(command: TakeAccountHome, view: StateView) -> Decision:
    """Errors: NotFound; ValidationFailed for a region that is not the stand-by."""
    account = known_account(view, command.account)
    if account.home_region == command.region:
        return NOTHING
    if _stand_by(account) != command.region:
        raise ValidationFailed(f"Only {account.stand_by_region}, its stand-by, can take account {account.account} over")
    moved = _moved(account, command.region, None)
    return decided(command.account, moved._replace(forced=True, former_region=account.home_region))


def put_service_control_policy(command: PutServiceControlPolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed, MalformedPolicyDocument, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    if command.level not in LEVELS:
        raise ValidationFailed(f"A level is one of {', '.join(LEVELS)}, not '{command.level}'")
    if NAME_PATTERN.fullmatch(command.policy_name) is None:
        raise ValidationFailed("A policy's name has 1 to 128 letters, digits and characters of +=,.@-_")
    require_document(command.document, SERVICE_CONTROL_POLICY)
    there = {name for level, name, _ in _service_control(view, command.account) if level == command.level}
    limit = LIMITS.service_control_policies_per_level
    if command.policy_name not in there and len(there) >= limit:
        raise over_quota("PoliciesPerLevel", limit)
    event = ServiceControlPolicyPut(command.account, command.level, command.policy_name, command.document)
    return decided(command.account, event)


def remove_service_control_policy(command: RemoveServiceControlPolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    place = (command.level, command.policy_name)
    if all(policy[:2] != place for policy in _service_control(view, command.account)):
        raise NoSuchEntity(f"The service control policy {command.policy_name} of {command.level} cannot be found.")
    return decided(command.account, ServiceControlPolicyRemoved(command.account, *place))


def access_keys(view: StateView, account: str) -> list[AccessKey]:
    """All access keys of an account, those of services too."""
    return [state for state in view.entities(account, ACCESS_KEY, "") if isinstance(state, AccessKey)]


def _require_another(region: str, stand_by_region: str | None) -> None:
    if stand_by_region is not None and REGION_PATTERN.fullmatch(stand_by_region) is None:
        raise ValidationFailed(f"'{stand_by_region}' is no region name; one looks like us-east-1")
    if stand_by_region == region:
        raise ValidationFailed(f"{region} is the account's home, and cannot be its stand-by")


def _stand_by(account: Account) -> str:
    if account.stand_by_region is None:
        raise ValidationFailed(f"Account {account.account} has no stand-by, which alone can become its home")
    return account.stand_by_region


def _moved(account: Account, home_region: str, stand_by_region: str | None) -> AccountHomeMoved:
    return AccountHomeMoved(account.account, home_region, account.home_epoch + 1, stand_by_region)


def _service_control(view: StateView, account: str) -> tuple[tuple[str, str, str], ...]:
    state = view.state(service_control_stream(account))
    return state.policies if isinstance(state, ServiceControl) else ()
