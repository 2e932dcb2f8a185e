"""The one table of operations.

Owns every row: the pipeline runs each operation through the same steps, read off here. A handler is asynchronous where
the operation changes something; everywhere else it is plain, and may return what is to be awaited.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from types import ModuleType
from typing import Any, NamedTuple

from services.region_node.authorization.permission import require_in_account
from services.region_node.operations import (
    aliases,
    cryptography,
    data_key_pairs,
    deletion,
    grant_lists,
    grants,
    importing,
    key_store_settings,
    key_stores,
    keys,
    last_usage,
    macs,
    materials,
    policies,
    public_keys,
    random,
    reencryption,
    replication,
    rotation,
    rules,
    shared_secrets,
    signing,
    tags,
)
from services.region_node.operations.grant_tokens import require_own_tokens
from services.region_node.operations.rules import Rule, Scope
from services.region_node.operations.types import aliases as alias_types
from services.region_node.operations.types import cryptography as cryptography_types
from services.region_node.operations.types import data_key_pairs as data_key_pair_types
from services.region_node.operations.types import deletion as deletion_types
from services.region_node.operations.types import grants as grant_types
from services.region_node.operations.types import imported_material as import_types
from services.region_node.operations.types import key_stores as key_store_types
from services.region_node.operations.types import keys as key_types
from services.region_node.operations.types import last_usage as last_usage_types
from services.region_node.operations.types import macs as mac_types
from services.region_node.operations.types import policies as policy_types
from services.region_node.operations.types import public_keys as public_key_types
from services.region_node.operations.types import replication as replication_types
from services.region_node.operations.types import rotation as rotation_types
from services.region_node.operations.types import shared_secrets as shared_secret_types
from services.region_node.operations.types import signing as signing_types
from services.region_node.operations.types import tags as tag_types
from services.region_node.requests.call import Call


class AuditClass(Enum):
    """What must be durable before the answer leaves."""

    READ = "the answer may leave before its entry"
    READ_OR_CHANGE = "as a change where there is a record, as a read where not"
    KEY_USE = "the entry first"
    CHANGE = "the record, from which the entry is derived"


class Operation(NamedTuple):
    """`response` None: the answer's body is empty. `handler(call, request)` returns the response, now or later.

    `rules`: the permissions that the operation needs, on the key or keys that it names.
    """

    name: str
    request: type[Any]
    response: type[Any] | None
    rules: tuple[Rule, ...]
    audit: AuditClass
    handler: Callable[..., Any]
    account_actions: tuple[str, ...] = ()
    """Of `rules` those on the whole account: the handler does not ask for them."""

    @property
    def changes(self) -> bool:
        """Whether the operation may append to the log; its handler is asynchronous then."""
        return self.audit in (AuditClass.CHANGE, AuditClass.READ_OR_CHANGE)

    def handle(self, call: Call, request: Any) -> Any:
        """What `handler` returns, once what the request asks of the whole account is allowed, and its tokens are good.

        What it asks of a key is asked where the key is found. Errors: AccessDenied, InvalidGrantToken.
        """
        call.request = request
        for action in self.account_actions:
            require_in_account(call, action)
        if tokens := getattr(request, "grant_tokens", ()):
            require_own_tokens(call, tokens)
        return self.handler(call, request)


def _row(name: str, types: ModuleType, audit: AuditClass, handler: Callable[..., Any], *asked: Rule) -> Operation:
    """The types of an operation are named after it; one without a response type has none."""
    request, response = getattr(types, f"{name}Request"), getattr(types, f"{name}Response", None)
    of_account = tuple(rule.action for rule in asked if rule.scope is Scope.ACCOUNT)
    return Operation(name, request, response, asked, audit, handler, of_account)


_READ, _USE, _CHANGE = AuditClass.READ, AuditClass.KEY_USE, AuditClass.CHANGE

_ROWS = (
    _row("CreateKey", key_types, _CHANGE, keys.create_key, rules.CREATE_KEY),
    _row("DescribeKey", key_types, AuditClass.READ_OR_CHANGE, keys.describe_key, rules.DESCRIBE_KEY),
    _row("ListKeys", key_types, _READ, keys.list_keys, rules.LIST_KEYS),
    _row("EnableKey", key_types, _CHANGE, keys.enable_key, rules.ENABLE_KEY),
    _row("DisableKey", key_types, _CHANGE, keys.disable_key, rules.DISABLE_KEY),
    _row("UpdateKeyDescription", key_types, _CHANGE, keys.update_key_description, rules.UPDATE_KEY_DESCRIPTION),
    _row("ReplicateKey", replication_types, _CHANGE, replication.replicate, rules.REPLICATE_KEY),
    _row("UpdatePrimaryRegion", replication_types, _CHANGE, replication.update_primary, rules.UPDATE_PRIMARY_REGION),
    _row("ScheduleKeyDeletion", deletion_types, _CHANGE, deletion.schedule_deletion, rules.SCHEDULE_KEY_DELETION),
    _row("CancelKeyDeletion", deletion_types, _CHANGE, deletion.cancel_deletion, rules.CANCEL_KEY_DELETION),
    _row("EnableKeyRotation", rotation_types, _CHANGE, rotation.enable_rotation, rules.ENABLE_KEY_ROTATION),
    _row("DisableKeyRotation", rotation_types, _CHANGE, rotation.disable_rotation, rules.DISABLE_KEY_ROTATION),
    _row("GetKeyRotationStatus", rotation_types, _READ, rotation.get_rotation_status, rules.GET_KEY_ROTATION_STATUS),
    _row("RotateKeyOnDemand", rotation_types, _CHANGE, rotation.rotate, rules.ROTATE_KEY_ON_DEMAND),
    _row("ListKeyRotations", rotation_types, _READ, materials.list_rotations, rules.LIST_KEY_ROTATIONS),
    _row("GetParametersForImport", import_types, _READ, importing.get_parameters, rules.GET_PARAMETERS_FOR_IMPORT),
    _row("ImportKeyMaterial", import_types, _CHANGE, importing.import_material, rules.IMPORT_KEY_MATERIAL),
    _row(
        "DeleteImportedKeyMaterial",
        import_types,
        _CHANGE,
        importing.delete_material,
        rules.DELETE_IMPORTED_KEY_MATERIAL,
    ),
    _row("GetKeyLastUsage", last_usage_types, _READ, last_usage.get_key_last_usage, rules.GET_KEY_LAST_USAGE),
    _row("CreateAlias", alias_types, _CHANGE, aliases.create_alias, rules.CREATE_ALIAS),
    _row("UpdateAlias", alias_types, _CHANGE, aliases.update_alias, rules.UPDATE_ALIAS),
    _row("DeleteAlias", alias_types, _CHANGE, aliases.delete_alias, rules.DELETE_ALIAS),
    _row("ListAliases", alias_types, _READ, aliases.list_aliases, rules.LIST_ALIASES),
    _row("TagResource", tag_types, _CHANGE, tags.tag_resource, rules.TAG_RESOURCE),
    _row("UntagResource", tag_types, _CHANGE, tags.untag_resource, rules.UNTAG_RESOURCE),
    _row("ListResourceTags", tag_types, _READ, tags.list_resource_tags, rules.LIST_RESOURCE_TAGS),
    _row("GetKeyPolicy", policy_types, _READ, policies.get_key_policy, rules.GET_KEY_POLICY),
    _row("PutKeyPolicy", policy_types, _CHANGE, policies.put_key_policy, rules.PUT_KEY_POLICY),
    _row("ListKeyPolicies", policy_types, _READ, policies.list_key_policies, rules.LIST_KEY_POLICIES),
    _row("CreateGrant", grant_types, _CHANGE, grants.create_grant, rules.CREATE_GRANT),
    _row("ListGrants", grant_types, _READ, grant_lists.list_grants, rules.LIST_GRANTS),
    _row("ListRetirableGrants", grant_types, _READ, grant_lists.list_retirable_grants, rules.LIST_RETIRABLE_GRANTS),
    _row("RetireGrant", grant_types, _CHANGE, grants.retire_grant, rules.RETIRE_GRANT),
    _row("RevokeGrant", grant_types, _CHANGE, grants.revoke_grant, rules.REVOKE_GRANT),
    _row("Encrypt", cryptography_types, _USE, cryptography.encrypt, rules.ENCRYPT),
    _row("Decrypt", cryptography_types, _USE, cryptography.decrypt, rules.DECRYPT),
    _row("ReEncrypt", cryptography_types, _USE, reencryption.reencrypt, rules.REENCRYPT_FROM, rules.REENCRYPT_TO),
    _row("GenerateDataKey", cryptography_types, _USE, cryptography.generate_data_key, rules.GENERATE_DATA_KEY),
    _row(
        "GenerateDataKeyWithoutPlaintext",
        cryptography_types,
        _USE,
        cryptography.generate_data_key_without_plaintext,
        rules.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
    ),
    _row(
        "GenerateDataKeyPair",
        data_key_pair_types,
        _USE,
        data_key_pairs.generate_data_key_pair,
        rules.GENERATE_DATA_KEY_PAIR,
    ),
    _row(
        "GenerateDataKeyPairWithoutPlaintext",
        data_key_pair_types,
        _USE,
        data_key_pairs.generate_data_key_pair_without_plaintext,
        rules.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT,
    ),
    _row("Sign", signing_types, _USE, signing.sign, rules.SIGN),
    _row("Verify", signing_types, _USE, signing.verify, rules.VERIFY),
    _row("GenerateMac", mac_types, _USE, macs.generate_mac, rules.GENERATE_MAC),
    _row("VerifyMac", mac_types, _USE, macs.verify_mac, rules.VERIFY_MAC),
    _row(
        "DeriveSharedSecret", shared_secret_types, _USE, shared_secrets.derive_shared_secret, rules.DERIVE_SHARED_SECRET
    ),
    _row("Encapsulate", shared_secret_types, _USE, shared_secrets.encapsulate, rules.ENCAPSULATE),
    _row("Decapsulate", shared_secret_types, _USE, shared_secrets.decapsulate, rules.DECAPSULATE),
    _row("GetPublicKey", public_key_types, _READ, public_keys.get_public_key, rules.GET_PUBLIC_KEY),
    _row("CreateCustomKeyStore", key_store_types, _CHANGE, key_store_settings.create_key_store, rules.CREATE_KEY_STORE),
    _row("DescribeCustomKeyStores", key_store_types, _READ, key_stores.describe_key_stores, rules.DESCRIBE_KEY_STORES),
    _row("UpdateCustomKeyStore", key_store_types, _CHANGE, key_store_settings.update_key_store, rules.UPDATE_KEY_STORE),
    _row("ConnectCustomKeyStore", key_store_types, _CHANGE, key_stores.connect_key_store, rules.CONNECT_KEY_STORE),
    _row(
        "DisconnectCustomKeyStore",
        key_store_types,
        _CHANGE,
        key_stores.disconnect_key_store,
        rules.DISCONNECT_KEY_STORE,
    ),
    _row("DeleteCustomKeyStore", key_store_types, _CHANGE, key_stores.delete_key_store, rules.DELETE_KEY_STORE),
    _row("GenerateRandom", cryptography_types, _USE, random.generate_random, rules.GENERATE_RANDOM),
)

OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
"""Operation name, as in `X-Amz-Target: TrentService.<name>` -> row."""
