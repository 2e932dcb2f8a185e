"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.iam.types.common import ExistingUserName, Marker, MaxItems, UserName
from services.region_node.wire.shapes import Choice, Length, Pattern, Sensitive, Timestamp


class CreateAccessKeyRequest(NamedTuple):
    user_name: ExistingUserName | None = None


AccessKeyId: TypeAlias = Annotated[str, Length(16, 128), Pattern(r"[\w]+")]
Status: TypeAlias = Annotated[str, Choice(("Active", "Inactive", "Expired"))]
AccessKeySecret: TypeAlias = Annotated[str, Sensitive()]


class AccessKey(NamedTuple):
    user_name: UserName
    access_key_id: AccessKeyId
    status: Status
    secret_access_key: AccessKeySecret
    create_date: Timestamp | None = None


class CreateAccessKeyResponse(NamedTuple):
    access_key: AccessKey


class ListAccessKeysRequest(NamedTuple):
    user_name: ExistingUserName | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class AccessKeyMetadata(NamedTuple):
    user_name: UserName | None = None
    access_key_id: AccessKeyId | None = None
    status: Status | None = None
    create_date: Timestamp | None = None


class ListAccessKeysResponse(NamedTuple):
    access_key_metadata: tuple[AccessKeyMetadata, ...]
    is_truncated: bool = False
    marker: str | None = None


class UpdateAccessKeyRequest(NamedTuple):
    access_key_id: AccessKeyId
    status: Status
    user_name: ExistingUserName | None = None


class DeleteAccessKeyRequest(NamedTuple):
    access_key_id: AccessKeyId
    user_name: ExistingUserName | None = None
