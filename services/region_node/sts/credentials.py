"""Temporary credentials as the operations of STS answer them, and which region may give them at all."""

from services.region_node.requests.call import Call
from services.region_node.sts.issuing import Issued
from services.region_node.sts.types import Credentials
from shared.crypto.session_token import LONGEST_TOKEN
from shared.errors import AccessDenied
from shared.identifiers import account_stream
from shared.identity.model import Account
from shared.identity.session import issuers_of
from shared.identity.session_errors import RegionDisabled

WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."


def issuing_account(call: Call, account: str) -> Account | None:
    """The account, if there is one here; its sessions are issued where its secrets are. Errors: RegionDisabled."""
    row = call.view.state(account_stream(account))
    if not isinstance(row, Account):
        return None
    if call.region not in issuers_of(row):
        raise RegionDisabled(account, row.home_region)
    return row


def credentials_of(given: Issued) -> Credentials:
    return Credentials(given.access_key_id, given.secret.reveal().decode(), given.token, given.expires_at / 1000)


def utilization(given: Issued) -> int:
    """Percent of the longest token that there may be."""
    return -(-100 * len(given.token) // LONGEST_TOKEN)


def require_no_device(serial_number: str | None, token_code: str | None) -> None:
    """There are no MFA devices here, so no code is right. Errors: AccessDenied."""
    if serial_number is not None or token_code is not None:
        raise AccessDenied(WRONG_CODE)
