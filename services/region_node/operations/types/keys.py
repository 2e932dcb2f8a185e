"""CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription."""

from typing import Annotated, NamedTuple

from services.region_node.operations.types.common import (
    ArnText,
    CustomKeyStoreId,
    Description,
    GrantTokens,
    KeyIdentifierText,
    Limit,
    Marker,
    PolicyText,
    Tag,
)
from services.region_node.operations.types.key_metadata import (
    CustomerMasterKeySpec,
    KeyMetadata,
    KeySpec,
    KeyUsage,
    Origin,
    XksKeyId,
)
from services.region_node.wire.shapes import Choice, Length


class CreateKeyRequest(NamedTuple):
    """`customer_master_key_spec` is the deprecated name of `key_spec`."""

    policy: PolicyText | None = None
    description: Description = ""
    key_usage: KeyUsage | None = None
    customer_master_key_spec: CustomerMasterKeySpec | None = None
    key_spec: KeySpec | None = None
    origin: Origin = "AWS_KMS"
    custom_key_store_id: CustomKeyStoreId | None = None
    bypass_policy_lockout_safety_check: bool = False
    tags: tuple[Tag, ...] = ()
    multi_region: bool = False
    xks_key_id: XksKeyId | None = None


class CreateKeyResponse(NamedTuple):
    key_metadata: KeyMetadata


class DescribeKeyRequest(NamedTuple):
    key_id: KeyIdentifierText
    grant_tokens: GrantTokens = ()


class DescribeKeyResponse(NamedTuple):
    key_metadata: KeyMetadata


class ListKeysRequest(NamedTuple):
    limit: Limit | None = None
    marker: Marker | None = None
    resource_owners: (
        Annotated[tuple[Annotated[str, Choice(("SELF", "OTHER_ACCOUNTS_VIA_RAM"))], ...], Length(1, 2)] | None
    ) = None


class KeyListEntry(NamedTuple):
    key_id: KeyIdentifierText
    key_arn: ArnText


class ListKeysResponse(NamedTuple):
    keys: tuple[KeyListEntry, ...]
    next_marker: Marker | None
    truncated: bool


class EnableKeyRequest(NamedTuple):
    key_id: KeyIdentifierText


class DisableKeyRequest(NamedTuple):
    key_id: KeyIdentifierText


class UpdateKeyDescriptionRequest(NamedTuple):
    key_id: KeyIdentifierText
    description: Description
