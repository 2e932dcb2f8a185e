"""Types that several operations of IAM share."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.wire.shapes import Choice, Length, Pattern, PercentEncoded, Range, Sensitive, Timestamp

UserName: TypeAlias = Annotated[str, Length(1, 64), Pattern(r"[\w+=,.@-]+")]
Path: TypeAlias = Annotated[str, Length(1, 512), Pattern(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")]
Arn: TypeAlias = Annotated[str, Length(20, 2048)]
TagKey: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
TagValue: TypeAlias = Annotated[str, Length(0, 256), Pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")]
Id: TypeAlias = Annotated[str, Length(16, 128), Pattern(r"[\w]+")]
PermissionsBoundaryAttachment: TypeAlias = Annotated[str, Choice(("PermissionsBoundaryPolicy",))]
ExistingUserName: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\w+=,.@-]+")]
PathPrefix: TypeAlias = Annotated[str, Length(1, 512), Pattern(r"\u002F[\u0021-\u007F]*")]
Marker: TypeAlias = Annotated[str, Length(1, 320), Pattern(r"[\u0020-\u00FF]+")]
MaxItems: TypeAlias = Annotated[int, Range(1, 1000)]
TagKeyList: TypeAlias = Annotated[tuple[TagKey, ...], Length(0, 50)]
GroupName: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\w+=,.@-]+")]
RoleName: TypeAlias = Annotated[str, Length(1, 64), Pattern(r"[\w+=,.@-]+")]
PolicyDocument: TypeAlias = Annotated[
    str, Length(1, 131072), Pattern(r"[\u0009\u000A\u000D\u0020-\u00FF]+"), Sensitive()
]
RoleDescription: TypeAlias = Annotated[
    str, Length(0, 1000), Pattern(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*")
]
RoleMaxSessionDuration: TypeAlias = Annotated[int, Range(3600, 43200)]
EncodedPolicyDocument: TypeAlias = Annotated[
    str, Length(1, 131072), Pattern(r"[\u0009\u000A\u000D\u0020-\u00FF]+"), PercentEncoded()
]
PolicyName: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\w+=,.@-]+")]
PolicyPath: TypeAlias = Annotated[str, Length(1, 512), Pattern(r"((/[A-Za-z0-9\.,\+@=_-]+)*)/")]
PolicyVersionId: TypeAlias = Annotated[str, Pattern(r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?")]


class Tag(NamedTuple):
    key: TagKey
    value: TagValue


TagList: TypeAlias = Annotated[tuple[Tag, ...], Length(0, 50)]


class AttachedPermissionsBoundary(NamedTuple):
    permissions_boundary_type: PermissionsBoundaryAttachment | None = None
    permissions_boundary_arn: Arn | None = None


class User(NamedTuple):
    path: Path
    user_name: UserName
    user_id: Id
    arn: Arn
    create_date: Timestamp
    password_last_used: Timestamp | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: TagList | None = None


class RoleLastUsed(NamedTuple):
    last_used_date: Timestamp | None = None
    region: str | None = None


class SourceRoleTemplate(NamedTuple):
    template_arn: Arn
    template_minor_version: int


class Role(NamedTuple):
    path: Path
    role_name: RoleName
    role_id: Id
    arn: Arn
    create_date: Timestamp
    assume_role_policy_document: EncodedPolicyDocument | None = None
    description: RoleDescription | None = None
    max_session_duration: RoleMaxSessionDuration | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: TagList | None = None
    role_last_used: RoleLastUsed | None = None
    source_role_template: SourceRoleTemplate | None = None
