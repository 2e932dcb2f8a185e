"""The versions of managed policies."""

from typing import NamedTuple

from services.region_node.iam.types.common import (
    Arn,
    EncodedPolicyDocument,
    Marker,
    MaxItems,
    PolicyDocument,
    PolicyVersionId,
)
from services.region_node.wire.shapes import Timestamp


class CreatePolicyVersionRequest(NamedTuple):
    policy_arn: Arn
    policy_document: PolicyDocument
    set_as_default: bool = False


class PolicyVersion(NamedTuple):
    document: EncodedPolicyDocument | None = None
    version_id: PolicyVersionId | None = None
    is_default_version: bool | None = None
    create_date: Timestamp | None = None


class CreatePolicyVersionResponse(NamedTuple):
    policy_version: PolicyVersion | None = None


class GetPolicyVersionRequest(NamedTuple):
    policy_arn: Arn
    version_id: PolicyVersionId


class GetPolicyVersionResponse(NamedTuple):
    policy_version: PolicyVersion | None = None


class ListPolicyVersionsRequest(NamedTuple):
    policy_arn: Arn
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListPolicyVersionsResponse(NamedTuple):
    versions: tuple[PolicyVersion, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None


class DeletePolicyVersionRequest(NamedTuple):
    policy_arn: Arn
    version_id: PolicyVersionId


class SetDefaultPolicyVersionRequest(NamedTuple):
    policy_arn: Arn
    version_id: PolicyVersionId
