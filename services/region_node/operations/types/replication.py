"""ReplicateKey, UpdatePrimaryRegion."""

from typing import NamedTuple

from services.region_node.operations.types.common import Description, KeyIdentifierText, PolicyText, RegionName, Tag
from services.region_node.operations.types.key_metadata import KeyMetadata


class ReplicateKeyRequest(NamedTuple):
    key_id: KeyIdentifierText
    replica_region: RegionName
    policy: PolicyText | None = None
    bypass_policy_lockout_safety_check: bool = False
    description: Description = ""
    tags: tuple[Tag, ...] = ()


class ReplicateKeyResponse(NamedTuple):
    replica_key_metadata: KeyMetadata
    replica_policy: PolicyText
    replica_tags: tuple[Tag, ...]


class UpdatePrimaryRegionRequest(NamedTuple):
    key_id: KeyIdentifierText
    primary_region: RegionName
