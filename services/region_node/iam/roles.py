"""CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole."""

from services.region_node.iam.holders import role_named
from services.region_node.iam.pages import listed
from services.region_node.iam.rendering import pairs_of, role_of
from services.region_node.iam.types.roles import (
    CreateRoleRequest,
    CreateRoleResponse,
    DeleteRoleRequest,
    GetRoleRequest,
    GetRoleResponse,
    ListRolesRequest,
    ListRolesResponse,
    UpdateAssumeRolePolicyRequest,
    UpdateRoleDescriptionRequest,
    UpdateRoleDescriptionResponse,
    UpdateRoleRequest,
    UpdateRoleResponse,
)
from services.region_node.requests.call import Call
from shared.crypto import entropy
from shared.identity import decide_roles as decide
from shared.identity.commands import CreateRole, DeleteRole, UpdateRole, UpdateTrustPolicy
from shared.identity.model import DEFAULT_SESSION_SECONDS, Role
from shared.identity.naming import ROLE


async def create_role(call: Call, request: CreateRoleRequest) -> CreateRoleResponse:
    command = CreateRole(
        call.region,
        call.caller.account,
        request.role_name,
        entropy.role_id(),
        request.assume_role_policy_document,
        request.path or "/",
        request.description or "",
        request.max_session_duration or DEFAULT_SESSION_SECONDS,
        pairs_of(request.tags),
        request.permissions_boundary,
    )
    await call.change(lambda view: decide.create_role(command, view))
    call.view = call.latest()
    return CreateRoleResponse(role_of(role_named(call, request.role_name)))


def get_role(call: Call, request: GetRoleRequest) -> GetRoleResponse:
    return GetRoleResponse(role_of(role_named(call, request.role_name)))


def list_roles(call: Call, request: ListRolesRequest) -> ListRolesResponse:
    """Without boundaries and tags, as AWS lists them."""
    prefix = request.path_prefix or "/"
    page = listed(
        call,
        request,
        prefix,
        lambda after: (r for r in call.view.entities(call.caller.account, ROLE, after) if isinstance(r, Role)),
        lambda role: role.role_name.lower(),
        lambda role: role.path.startswith(prefix),
    )
    roles = tuple(role_of(role)._replace(permissions_boundary=None, tags=None) for role in page.items)
    return ListRolesResponse(roles, page.truncated, page.next_marker)


async def update_role(call: Call, request: UpdateRoleRequest) -> UpdateRoleResponse:
    command = UpdateRole(
        call.region, call.caller.account, request.role_name, request.description, request.max_session_duration
    )
    await call.change(lambda view: decide.update_role(command, view))
    return UpdateRoleResponse()


async def update_role_description(call: Call, request: UpdateRoleDescriptionRequest) -> UpdateRoleDescriptionResponse:
    command = UpdateRole(call.region, call.caller.account, request.role_name, request.description)
    await call.change(lambda view: decide.update_role(command, view))
    call.view = call.latest()
    return UpdateRoleDescriptionResponse(role_of(role_named(call, request.role_name)))


async def update_assume_role_policy(call: Call, request: UpdateAssumeRolePolicyRequest) -> None:
    command = UpdateTrustPolicy(call.region, call.caller.account, request.role_name, request.policy_document)
    await call.change(lambda view: decide.update_trust_policy(command, view))


async def delete_role(call: Call, request: DeleteRoleRequest) -> None:
    command = DeleteRole(call.region, call.caller.account, request.role_name)
    await call.change(lambda view: decide.delete_role(command, view))
