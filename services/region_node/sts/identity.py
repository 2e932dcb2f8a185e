"""GetCallerIdentity: who asks. It works against an explicit deny too."""

from services.region_node.call import Call
from services.region_node.sts.types import GetCallerIdentityRequest, GetCallerIdentityResponse


def get_caller_identity(call: Call, _request: GetCallerIdentityRequest) -> GetCallerIdentityResponse:
    caller = call.caller
    return GetCallerIdentityResponse(caller.user_id, caller.account, caller.arn)
