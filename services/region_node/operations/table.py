"""The one table of operations.

Owns every row: the pipeline runs each operation through the same steps, read off here. A handler is asynchronous where
the operation changes something, and plain everywhere else.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from services.region_node.operations import (
    aliases,
    cryptography,
    deletion,
    keys,
    policies,
    random,
    replication,
    rules,
    tags,
)
from services.region_node.operations.rules import Rule
from services.region_node.operations.types import aliases as alias_types
from services.region_node.operations.types import cryptography as cryptography_types
from services.region_node.operations.types import deletion as deletion_types
from services.region_node.operations.types import keys as key_types
from services.region_node.operations.types import policies as policy_types
from services.region_node.operations.types import replication as replication_types
from services.region_node.operations.types import tags as tag_types


class AuditClass(Enum):
    """What must be durable before the answer leaves."""

    READ = "the answer may leave before its entry"
    KEY_USE = "the entry first"
    CHANGE = "the entry is part of the record"


class Operation(NamedTuple):
    """`response` None: the answer's body is empty. `handler(call, request)` returns the response.

    `rules`: the permissions that the operation needs, on the key or keys that it names.
    """

    name: str
    request: type[Any]
    response: type[Any] | None
    rules: tuple[Rule, ...]
    audit: AuditClass
    handler: Callable[..., Any]

    @property
    def changes(self) -> bool:
        """Whether the operation may append to the log; its handler is asynchronous then."""
        return self.audit is AuditClass.CHANGE


_READ, _USE, _CHANGE = AuditClass.READ, AuditClass.KEY_USE, AuditClass.CHANGE

_ROWS = (
    Operation(
        "CreateKey",
        key_types.CreateKeyRequest,
        key_types.CreateKeyResponse,
        (rules.CREATE_KEY,),
        _CHANGE,
        keys.create_key,
    ),
    Operation(
        "DescribeKey",
        key_types.DescribeKeyRequest,
        key_types.DescribeKeyResponse,
        (rules.DESCRIBE_KEY,),
        _READ,
        keys.describe_key,
    ),
    Operation(
        "ListKeys",
        key_types.ListKeysRequest,
        key_types.ListKeysResponse,
        (rules.LIST_KEYS,),
        _READ,
        keys.list_keys,
    ),
    Operation(
        "EnableKey",
        key_types.EnableKeyRequest,
        None,
        (rules.ENABLE_KEY,),
        _CHANGE,
        keys.enable_key,
    ),
    Operation(
        "DisableKey",
        key_types.DisableKeyRequest,
        None,
        (rules.DISABLE_KEY,),
        _CHANGE,
        keys.disable_key,
    ),
    Operation(
        "UpdateKeyDescription",
        key_types.UpdateKeyDescriptionRequest,
        None,
        (rules.UPDATE_KEY_DESCRIPTION,),
        _CHANGE,
        keys.update_key_description,
    ),
    Operation(
        "ReplicateKey",
        replication_types.ReplicateKeyRequest,
        replication_types.ReplicateKeyResponse,
        (rules.REPLICATE_KEY,),
        _CHANGE,
        replication.replicate,
    ),
    Operation(
        "UpdatePrimaryRegion",
        replication_types.UpdatePrimaryRegionRequest,
        None,
        (rules.UPDATE_PRIMARY_REGION,),
        _CHANGE,
        replication.update_primary,
    ),
    Operation(
        "ScheduleKeyDeletion",
        deletion_types.ScheduleKeyDeletionRequest,
        deletion_types.ScheduleKeyDeletionResponse,
        (rules.SCHEDULE_KEY_DELETION,),
        _CHANGE,
        deletion.schedule_deletion,
    ),
    Operation(
        "CancelKeyDeletion",
        deletion_types.CancelKeyDeletionRequest,
        deletion_types.CancelKeyDeletionResponse,
        (rules.CANCEL_KEY_DELETION,),
        _CHANGE,
        deletion.cancel_deletion,
    ),
    Operation(
        "CreateAlias",
        alias_types.CreateAliasRequest,
        None,
        (rules.CREATE_ALIAS,),
        _CHANGE,
        aliases.create_alias,
    ),
    Operation(
        "UpdateAlias",
        alias_types.UpdateAliasRequest,
        None,
        (rules.UPDATE_ALIAS,),
        _CHANGE,
        aliases.update_alias,
    ),
    Operation(
        "DeleteAlias",
        alias_types.DeleteAliasRequest,
        None,
        (rules.DELETE_ALIAS,),
        _CHANGE,
        aliases.delete_alias,
    ),
    Operation(
        "ListAliases",
        alias_types.ListAliasesRequest,
        alias_types.ListAliasesResponse,
        (rules.LIST_ALIASES,),
        _READ,
        aliases.list_aliases,
    ),
    Operation(
        "TagResource",
        tag_types.TagResourceRequest,
        None,
        (rules.TAG_RESOURCE,),
        _CHANGE,
        tags.tag_resource,
    ),
    Operation(
        "UntagResource",
        tag_types.UntagResourceRequest,
        None,
        (rules.UNTAG_RESOURCE,),
        _CHANGE,
        tags.untag_resource,
    ),
    Operation(
        "ListResourceTags",
        tag_types.ListResourceTagsRequest,
        tag_types.ListResourceTagsResponse,
        (rules.LIST_RESOURCE_TAGS,),
        _READ,
        tags.list_resource_tags,
    ),
    Operation(
        "GetKeyPolicy",
        policy_types.GetKeyPolicyRequest,
        policy_types.GetKeyPolicyResponse,
        (rules.GET_KEY_POLICY,),
        _READ,
        policies.get_key_policy,
    ),
    Operation(
        "PutKeyPolicy",
        policy_types.PutKeyPolicyRequest,
        None,
        (rules.PUT_KEY_POLICY,),
        _CHANGE,
        policies.put_key_policy,
    ),
    Operation(
        "ListKeyPolicies",
        policy_types.ListKeyPoliciesRequest,
        policy_types.ListKeyPoliciesResponse,
        (rules.LIST_KEY_POLICIES,),
        _READ,
        policies.list_key_policies,
    ),
    Operation(
        "Encrypt",
        cryptography_types.EncryptRequest,
        cryptography_types.EncryptResponse,
        (rules.ENCRYPT,),
        _USE,
        cryptography.encrypt,
    ),
    Operation(
        "Decrypt",
        cryptography_types.DecryptRequest,
        cryptography_types.DecryptResponse,
        (rules.DECRYPT,),
        _USE,
        cryptography.decrypt,
    ),
    Operation(
        "ReEncrypt",
        cryptography_types.ReEncryptRequest,
        cryptography_types.ReEncryptResponse,
        (rules.REENCRYPT_FROM, rules.REENCRYPT_TO),
        _USE,
        cryptography.reencrypt,
    ),
    Operation(
        "GenerateDataKey",
        cryptography_types.GenerateDataKeyRequest,
        cryptography_types.GenerateDataKeyResponse,
        (rules.GENERATE_DATA_KEY,),
        _USE,
        cryptography.generate_data_key,
    ),
    Operation(
        "GenerateDataKeyWithoutPlaintext",
        cryptography_types.GenerateDataKeyWithoutPlaintextRequest,
        cryptography_types.GenerateDataKeyWithoutPlaintextResponse,
        (rules.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,),
        _USE,
        cryptography.generate_data_key_without_plaintext,
    ),
    Operation(
        "GenerateRandom",
        cryptography_types.GenerateRandomRequest,
        cryptography_types.GenerateRandomResponse,
        (rules.GENERATE_RANDOM,),
        _USE,
        random.generate_random,
    ),
)

OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
"""Operation name, as in `X-Amz-Target: TrentService.<name>` -> row."""
