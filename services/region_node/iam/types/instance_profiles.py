"""ListInstanceProfilesForRole."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.iam.types.common import Arn, Id, Marker, MaxItems, Path, Role, RoleName, TagList
from services.region_node.wire.shapes import Length, Pattern, Timestamp


class ListInstanceProfilesForRoleRequest(NamedTuple):
    role_name: RoleName
    marker: Marker | None = None
    max_items: MaxItems | None = None


InstanceProfileName: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\w+=,.@-]+")]


class InstanceProfile(NamedTuple):
    path: Path
    instance_profile_name: InstanceProfileName
    instance_profile_id: Id
    arn: Arn
    create_date: Timestamp
    roles: tuple[Role, ...]
    tags: TagList | None = None


class ListInstanceProfilesForRoleResponse(NamedTuple):
    instance_profiles: tuple[InstanceProfile, ...]
    is_truncated: bool = False
    marker: str | None = None
