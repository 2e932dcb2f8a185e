"""What each operation asks of the key it is called on.

Owns the rules, as data: IAM action, forms of the key identifier, row in the table of key states, whether another
account's principals may ever be let in, and the grant operation that stands for the permission. The table of operations
lists them, and the handlers follow them. Source: AWS KMS Developer Guide, "AWS KMS permissions reference".
"""

from enum import Enum
from typing import NamedTuple


class Identifiers(Enum):
    """The forms in which an operation takes its key."""

    NONE = "no key"
    KEY = "key id or key ARN"
    KEY_OR_ALIAS = "key id, key ARN, alias name or alias ARN"


class Scope(Enum):
    """What a permission is asked on, and whose policies speak about it."""

    KEY = "the key, whose policy is asked too"
    ACCOUNT = "everything of the account (`*`), in identity policies alone"


class Rule(NamedTuple):
    """One permission that an operation needs. `grant_operation` None: no grant can give it."""

    action: str
    identifiers: Identifiers = Identifiers.KEY
    state_row: str | None = None
    cross_account: bool = False
    grant_operation: str | None = None
    scope: Scope = Scope.KEY


def _account_wide(name: str) -> Rule:
    return Rule(f"kms:{name}", Identifiers.NONE, scope=Scope.ACCOUNT)


def _managing(name: str) -> Rule:
    return Rule(f"kms:{name}", state_row=name)


def _using(name: str, state_row: str) -> Rule:
    return Rule(f"kms:{name}", Identifiers.KEY_OR_ALIAS, state_row, cross_account=True, grant_operation=name)


def _granting(name: str, grant_operation: str | None = None) -> Rule:
    return Rule(f"kms:{name}", state_row=name, cross_account=True, grant_operation=grant_operation)


CREATE_KEY = _account_wide("CreateKey")
LIST_KEYS = _account_wide("ListKeys")
GENERATE_RANDOM = _account_wide("GenerateRandom")

CREATE_KEY_STORE = _account_wide("CreateCustomKeyStore")
DESCRIBE_KEY_STORES = _account_wide("DescribeCustomKeyStores")
UPDATE_KEY_STORE = _account_wide("UpdateCustomKeyStore")
CONNECT_KEY_STORE = _account_wide("ConnectCustomKeyStore")
DISCONNECT_KEY_STORE = _account_wide("DisconnectCustomKeyStore")
DELETE_KEY_STORE = _account_wide("DeleteCustomKeyStore")

DESCRIBE_KEY = _using("DescribeKey", "DescribeKey")
ENABLE_KEY = _managing("EnableKey")
DISABLE_KEY = _managing("DisableKey")
UPDATE_KEY_DESCRIPTION = _managing("UpdateKeyDescription")
REPLICATE_KEY = _managing("ReplicateKey")
CONVERT_KEY = REPLICATE_KEY._replace(state_row="ConvertKey")
"""Who may give the key to other regions may make a multi-region key of it."""
UPDATE_PRIMARY_REGION = _managing("UpdatePrimaryRegion")
ENABLE_KEY_ROTATION = _managing("EnableKeyRotation")
DISABLE_KEY_ROTATION = _managing("DisableKeyRotation")
GET_KEY_ROTATION_STATUS = Rule("kms:GetKeyRotationStatus", state_row="GetKeyRotationStatus", cross_account=True)
ROTATE_KEY_ON_DEMAND = _managing("RotateKeyOnDemand")
LIST_KEY_ROTATIONS = _managing("ListKeyRotations")
GET_PARAMETERS_FOR_IMPORT = _managing("GetParametersForImport")
IMPORT_KEY_MATERIAL = _managing("ImportKeyMaterial")
DELETE_IMPORTED_KEY_MATERIAL = _managing("DeleteImportedKeyMaterial")
SCHEDULE_KEY_DELETION = _managing("ScheduleKeyDeletion")
CANCEL_KEY_DELETION = _managing("CancelKeyDeletion")

CREATE_ALIAS = _managing("CreateAlias")
UPDATE_ALIAS = _managing("UpdateAlias")
DELETE_ALIAS = Rule("kms:DeleteAlias", Identifiers.NONE)
LIST_ALIASES = Rule("kms:ListAliases", state_row="ListAliases", scope=Scope.ACCOUNT)

TAG_RESOURCE = _managing("TagResource")
UNTAG_RESOURCE = _managing("UntagResource")
LIST_RESOURCE_TAGS = _managing("ListResourceTags")

GET_KEY_POLICY = _managing("GetKeyPolicy")
PUT_KEY_POLICY = _managing("PutKeyPolicy")
LIST_KEY_POLICIES = _managing("ListKeyPolicies")

GET_KEY_LAST_USAGE = _managing("GetKeyLastUsage")

CREATE_GRANT = _granting("CreateGrant", grant_operation="CreateGrant")
LIST_GRANTS = _granting("ListGrants")
LIST_RETIRABLE_GRANTS = _account_wide("ListRetirableGrants")
RETIRE_GRANT = _granting("RetireGrant", grant_operation="RetireGrant")
REVOKE_GRANT = _granting("RevokeGrant")

ENCRYPT = _using("Encrypt", "Encrypt")
DECRYPT = _using("Decrypt", "Decrypt")
REENCRYPT_FROM = _using("ReEncryptFrom", "ReEncrypt")
REENCRYPT_TO = _using("ReEncryptTo", "ReEncrypt")
GENERATE_DATA_KEY = _using("GenerateDataKey", "GenerateDataKey")
GENERATE_DATA_KEY_WITHOUT_PLAINTEXT = _using("GenerateDataKeyWithoutPlaintext", "GenerateDataKeyWithoutPlaintext")
GENERATE_DATA_KEY_PAIR = _using("GenerateDataKeyPair", "GenerateDataKeyPair")
GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT = _using(
    "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyPairWithoutPlaintext"
)

SIGN = _using("Sign", "Sign")
VERIFY = _using("Verify", "Verify")
GENERATE_MAC = _using("GenerateMac", "GenerateMac")
VERIFY_MAC = _using("VerifyMac", "VerifyMac")
DERIVE_SHARED_SECRET = _using("DeriveSharedSecret", "DeriveSharedSecret")
ENCAPSULATE = _using("Encapsulate", "Encapsulate")
DECAPSULATE = _using("Decapsulate", "Decapsulate")
GET_PUBLIC_KEY = _using("GetPublicKey", "GetPublicKey")
