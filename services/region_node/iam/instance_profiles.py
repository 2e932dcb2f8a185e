"""ListInstanceProfilesForRole: there are no instances, so no role has any. Terraform asks before it deletes a role."""

from services.region_node.iam.holders import role_named
from services.region_node.iam.types.instance_profiles import (
    ListInstanceProfilesForRoleRequest,
    ListInstanceProfilesForRoleResponse,
)
from services.region_node.requests.call import Call


def list_for_role(call: Call, request: ListInstanceProfilesForRoleRequest) -> ListInstanceProfilesForRoleResponse:
    """Errors: NoSuchEntity."""
    role_named(call, request.role_name)
    return ListInstanceProfilesForRoleResponse(())
