"""The types of STS's operations."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.wire.shapes import UNBOUNDED, Length, Pattern, Range, Sensitive, Timestamp, Wire

Arn: TypeAlias = Annotated[
    str,
    Length(20, 2048),
    Pattern(r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"),
]
RoleSessionName: TypeAlias = Annotated[str, Length(2, 64), Pattern(r"[\w+=,.@-]*")]
_POLICY = Pattern(r"[\u0009\u000A\u000D\u0020-\u00FF]+")
UnrestrictedSessionPolicy: TypeAlias = Annotated[str, Length(1, UNBOUNDED), _POLICY, Sensitive()]
SessionPolicy: TypeAlias = Annotated[str, Length(1, 2048), _POLICY, Sensitive()]
RoleDuration: TypeAlias = Annotated[int, Range(900, 43_200)]
SessionDuration: TypeAlias = Annotated[int, Range(900, 129_600)]
TagKey: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
TagValue: TypeAlias = Annotated[str, Length(0, 256), Pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")]
ExternalId: TypeAlias = Annotated[str, Length(2, 1224), Pattern(r"[\w+=,.@:\/-]*")]
SerialNumber: TypeAlias = Annotated[str, Length(9, 256), Pattern(r"[\w+=/:,.@-]*")]
TokenCode: TypeAlias = Annotated[str, Length(6, 6), Pattern(r"[\d]*"), Sensitive()]
SourceIdentity: TypeAlias = Annotated[str, Length(2, 64), Pattern(r"[\w+=,.@-]*")]
ContextAssertion: TypeAlias = Annotated[str, Length(4, 2048), Sensitive()]
MinimumTokenSize: TypeAlias = Annotated[int, Range(0, 4096)]
ClientToken: TypeAlias = Annotated[str, Length(4, 20_000), Sensitive()]
Url: TypeAlias = Annotated[str, Length(4, 2048)]
AccessKeyId: TypeAlias = Annotated[str, Length(16, 128), Pattern(r"[\w]*")]
AccessKeySecret: TypeAlias = Annotated[str, Sensitive()]
AssumedRoleId: TypeAlias = Annotated[str, Length(2, 193), Pattern(r"[\w+=,.@:-]*")]
NonNegative: TypeAlias = Annotated[int, Range(0, UNBOUNDED)]
Subject: TypeAlias = Annotated[str, Length(6, 255)]


class PolicyDescriptor(NamedTuple):
    arn: Annotated[Arn | None, Wire("arn")] = None


class Tag(NamedTuple):
    key: TagKey
    value: TagValue


class ProvidedContext(NamedTuple):
    provider_arn: Arn | None = None
    context_assertion: ContextAssertion | None = None


class Credentials(NamedTuple):
    access_key_id: AccessKeyId
    secret_access_key: AccessKeySecret
    session_token: str
    expiration: Timestamp


class AssumedRoleUser(NamedTuple):
    assumed_role_id: AssumedRoleId
    arn: Arn


class AssumeRoleRequest(NamedTuple):
    role_arn: Arn
    role_session_name: RoleSessionName
    policy_arns: tuple[PolicyDescriptor, ...] = ()
    policy: UnrestrictedSessionPolicy | None = None
    duration_seconds: RoleDuration | None = None
    tags: Annotated[tuple[Tag, ...], Length(0, 50)] = ()
    transitive_tag_keys: Annotated[tuple[TagKey, ...], Length(0, 50)] = ()
    external_id: ExternalId | None = None
    serial_number: SerialNumber | None = None
    token_code: TokenCode | None = None
    source_identity: SourceIdentity | None = None
    provided_contexts: Annotated[tuple[ProvidedContext, ...] | None, Length(1, 5)] = None
    minimum_session_token_size: MinimumTokenSize | None = None


class AssumeRoleResponse(NamedTuple):
    credentials: Credentials
    assumed_role_user: AssumedRoleUser
    packed_policy_size: NonNegative | None = None
    source_identity: SourceIdentity | None = None
    session_token_utilization: NonNegative | None = None
    session_token_size: NonNegative | None = None


class AssumeRoleWithWebIdentityRequest(NamedTuple):
    role_arn: Arn
    role_session_name: RoleSessionName
    web_identity_token: ClientToken
    provider_id: Url | None = None
    policy_arns: tuple[PolicyDescriptor, ...] = ()
    policy: SessionPolicy | None = None
    duration_seconds: RoleDuration | None = None
    minimum_session_token_size: MinimumTokenSize | None = None


class AssumeRoleWithWebIdentityResponse(NamedTuple):
    credentials: Credentials
    subject_from_web_identity_token: Subject
    assumed_role_user: AssumedRoleUser
    packed_policy_size: NonNegative | None = None
    provider: str | None = None
    audience: str | None = None
    source_identity: SourceIdentity | None = None
    session_token_utilization: NonNegative | None = None
    session_token_size: NonNegative | None = None


class GetSessionTokenRequest(NamedTuple):
    duration_seconds: SessionDuration | None = None
    serial_number: SerialNumber | None = None
    token_code: TokenCode | None = None
    minimum_session_token_size: MinimumTokenSize | None = None


class GetSessionTokenResponse(NamedTuple):
    credentials: Credentials
    session_token_utilization: NonNegative | None = None
    session_token_size: NonNegative | None = None


class GetCallerIdentityRequest(NamedTuple):
    pass


class GetCallerIdentityResponse(NamedTuple):
    user_id: str
    account: str
    arn: Arn


class GetAccessKeyInfoRequest(NamedTuple):
    access_key_id: AccessKeyId


class GetAccessKeyInfoResponse(NamedTuple):
    account: str
