"""SimulateCustomPolicy, SimulatePrincipalPolicy, and the context keys that policies ask for."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.iam.types.common import Arn, Marker, MaxItems, PolicyDocument, PolicyName
from services.region_node.wire.shapes import Choice, Length, Pattern

ActionName: TypeAlias = Annotated[str, Length(3, 128)]


class OrderedOrganizationPolicyType(NamedTuple):
    service_control_policy_input_list: tuple[PolicyDocument, ...] = ()


OrganizationPolicyList: TypeAlias = Annotated[tuple[OrderedOrganizationPolicyType, ...], Length(0, 7)]
ResourceName: TypeAlias = Annotated[str, Length(1, 2048)]
ContextKeyName: TypeAlias = Annotated[str, Length(5, 256)]
ContextKeyTypeEnum: TypeAlias = Annotated[
    str,
    Choice(
        (
            "string",
            "stringList",
            "numeric",
            "numericList",
            "boolean",
            "booleanList",
            "ip",
            "ipList",
            "binary",
            "binaryList",
            "date",
            "dateList",
        )
    ),
]


class ContextEntry(NamedTuple):
    context_key_name: ContextKeyName | None = None
    context_key_values: tuple[str, ...] = ()
    context_key_type: ContextKeyTypeEnum | None = None


ResourceHandlingOption: TypeAlias = Annotated[str, Length(1, 64)]


class SimulateCustomPolicyRequest(NamedTuple):
    policy_input_list: tuple[PolicyDocument, ...]
    action_names: tuple[ActionName, ...]
    permissions_boundary_policy_input_list: tuple[PolicyDocument, ...] = ()
    ordered_organization_policy_input_list: OrganizationPolicyList = ()
    resource_arns: tuple[ResourceName, ...] = ()
    resource_policy: PolicyDocument | None = None
    resource_owner: ResourceName | None = None
    caller_arn: ResourceName | None = None
    context_entries: tuple[ContextEntry, ...] = ()
    resource_handling_option: ResourceHandlingOption | None = None
    max_items: MaxItems | None = None
    marker: Marker | None = None


PolicyEvaluationDecision: TypeAlias = Annotated[str, Choice(("allowed", "explicitDeny", "implicitDeny"))]
PolicySource: TypeAlias = Annotated[
    str, Choice(("user", "group", "role", "aws-managed", "user-managed", "resource", "none"))
]


class Position(NamedTuple):
    line: int | None = None
    column: int | None = None


class MatchedStatement(NamedTuple):
    source_policy_id: str | None = None
    source_policy_type: PolicySource | None = None
    start_position: Position | None = None
    end_position: Position | None = None


class OrganizationsDecisionDetail(NamedTuple):
    allowed_by_organizations: bool | None = None


class PermissionsBoundaryDecisionDetail(NamedTuple):
    allowed_by_permissions_boundary: bool | None = None


class ResourceSpecificResult(NamedTuple):
    eval_resource_name: ResourceName
    eval_resource_decision: PolicyEvaluationDecision
    matched_statements: tuple[MatchedStatement, ...] | None = None
    missing_context_values: tuple[ContextKeyName, ...] | None = None
    eval_decision_details: dict[str, str] | None = None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None = None


class EvaluationResult(NamedTuple):
    eval_action_name: ActionName
    eval_decision: PolicyEvaluationDecision
    eval_resource_name: ResourceName | None = None
    matched_statements: tuple[MatchedStatement, ...] | None = None
    missing_context_values: tuple[ContextKeyName, ...] | None = None
    organizations_decision_detail: OrganizationsDecisionDetail | None = None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None = None
    eval_decision_details: dict[str, str] | None = None
    resource_specific_results: tuple[ResourceSpecificResult, ...] | None = None


class SimulatePolicyResponse(NamedTuple):
    evaluation_results: tuple[EvaluationResult, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None


PolicyIdentifierPolicy: TypeAlias = Annotated[
    str, Choice(("inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"))
]
Attachment: TypeAlias = Annotated[str, Choice(("user", "group", "role"))]
AttachmentName: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\w+=,.@-]+")]


class InlinePolicyIdentifierType(NamedTuple):
    policy_name: PolicyName
    attachment_type: Attachment
    attachment_name: AttachmentName


class PolicyIdentifier(NamedTuple):
    policy_type: PolicyIdentifierPolicy | None = None
    policy_arn: Arn | None = None
    inline_policy_identifier: InlinePolicyIdentifierType | None = None


PolicyExclusionsList: TypeAlias = Annotated[tuple[PolicyIdentifier, ...], Length(0, 256)]


class SimulatePrincipalPolicyRequest(NamedTuple):
    policy_source_arn: Arn
    action_names: tuple[ActionName, ...]
    policy_input_list: tuple[PolicyDocument, ...] = ()
    permissions_boundary_policy_input_list: tuple[PolicyDocument, ...] = ()
    policy_exclusion_list: PolicyExclusionsList = ()
    resource_arns: tuple[ResourceName, ...] = ()
    resource_policy: PolicyDocument | None = None
    resource_owner: ResourceName | None = None
    caller_arn: ResourceName | None = None
    context_entries: tuple[ContextEntry, ...] = ()
    resource_handling_option: ResourceHandlingOption | None = None
    max_items: MaxItems | None = None
    marker: Marker | None = None


class GetContextKeysForCustomPolicyRequest(NamedTuple):
    policy_input_list: tuple[PolicyDocument, ...]


class GetContextKeysForPolicyResponse(NamedTuple):
    context_key_names: tuple[ContextKeyName, ...] | None = None


class GetContextKeysForPrincipalPolicyRequest(NamedTuple):
    policy_source_arn: Arn
    policy_input_list: tuple[PolicyDocument, ...] = ()


SimulateCustomPolicyResponse: TypeAlias = SimulatePolicyResponse
SimulatePrincipalPolicyResponse: TypeAlias = SimulatePolicyResponse
GetContextKeysForCustomPolicyResponse: TypeAlias = GetContextKeysForPolicyResponse
GetContextKeysForPrincipalPolicyResponse: TypeAlias = GetContextKeysForPolicyResponse
