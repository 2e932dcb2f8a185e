"""The versions of managed policies: creating, getting, listing and deleting them, and choosing the default."""

from services.region_node.iam.holders import policy_at
from services.region_node.iam.pages import listed_of
from services.region_node.iam.rendering import version_of
from services.region_node.iam.types import policy_versions as types
from services.region_node.requests.call import Call
from shared.identity import decide_managed as decide
from shared.identity.decide_managed import version_id
from shared.identity.errors import NoSuchEntity
from shared.identity.model import PolicyVersion
from shared.identity.policy_commands import CreatePolicyVersion, DeletePolicyVersion, SetDefaultPolicyVersion


async def create_version(call: Call, request: types.CreatePolicyVersionRequest) -> types.CreatePolicyVersionResponse:
    """The answer does not repeat the document, as AWS has it."""
    command = CreatePolicyVersion(
        call.region, call.caller.account, request.policy_arn, request.policy_document, request.set_as_default
    )
    created = await call.change(lambda view: decide.create_policy_version(command, view))
    call.view = call.latest()
    return types.CreatePolicyVersionResponse(_told(call, request.policy_arn, created)._replace(document=None))


def get_version(call: Call, request: types.GetPolicyVersionRequest) -> types.GetPolicyVersionResponse:
    return types.GetPolicyVersionResponse(_told(call, request.policy_arn, request.version_id))


def _told(call: Call, policy_arn: str, wanted: str) -> types.PolicyVersion:
    policy = policy_at(call, policy_arn)
    for version in policy.versions:
        if version_id(version.number) == wanted:
            return version_of(policy, version)
    raise NoSuchEntity(f"Policy {policy_arn} version {wanted} does not exist or is not attachable.")


def list_versions(call: Call, request: types.ListPolicyVersionsRequest) -> types.ListPolicyVersionsResponse:
    """The newest first; without their documents, as AWS lists them."""
    policy = policy_at(call, request.policy_arn)
    page = listed_of(call, request, policy.policy_id, policy.versions, _newest_first)
    told = tuple(version_of(policy, version)._replace(document=None) for version in page.items)
    return types.ListPolicyVersionsResponse(told, page.truncated, page.next_marker)


def _newest_first(version: PolicyVersion) -> str:
    """A name whose order is that of the list."""
    return f"{2**63 - version.number:020}"


async def delete_version(call: Call, request: types.DeletePolicyVersionRequest) -> None:
    command = DeletePolicyVersion(call.region, call.caller.account, request.policy_arn, request.version_id)
    await call.change(lambda view: decide.delete_policy_version(command, view))


async def set_default(call: Call, request: types.SetDefaultPolicyVersionRequest) -> None:
    command = SetDefaultPolicyVersion(call.region, call.caller.account, request.policy_arn, request.version_id)
    await call.change(lambda view: decide.set_default_policy_version(command, view))
