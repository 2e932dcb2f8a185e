"""GetCallerIdentity, which works against an explicit deny too, and GetAccessKeyInfo."""

from services.region_node.requests.call import Call
from services.region_node.sts.types import (
    GetAccessKeyInfoRequest,
    GetAccessKeyInfoResponse,
    GetCallerIdentityRequest,
    GetCallerIdentityResponse,
)
from shared.errors import ValidationFailed
from shared.identifiers import account_of_access_key


def get_caller_identity(call: Call, _request: GetCallerIdentityRequest) -> GetCallerIdentityResponse:
    caller = call.caller
    return GetCallerIdentityResponse(caller.user_id, caller.account, caller.arn)


def get_access_key_info(_call: Call, request: GetAccessKeyInfoRequest) -> GetAccessKeyInfoResponse:
    """The account that the id names, whether or not there is such an access key. Errors: ValidationFailed."""
    account = account_of_access_key(request.access_key_id)
    if account is None:
        raise ValidationFailed(f"{request.access_key_id} is not an access key id.")
    return GetAccessKeyInfoResponse(account)
