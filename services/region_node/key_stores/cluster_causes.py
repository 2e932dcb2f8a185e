"""The one table of what goes wrong with a cluster of HSMs.

Source of the codes: AWS KMS API reference, ConnectionErrorCode.
"""

from services.region_node.key_stores.causes import Cause

CLUSTER_NOT_LISTED = Cause(
    "The operator of this region does not list this CloudHsmClusterId for this account, so nothing connects to it. Let "
    "the operator add it to hsm_clusters in node.json.",
    "CLUSTER_NOT_FOUND",
)
MODULE_UNUSABLE = Cause(
    "The PKCS #11 module of the CloudHSM cluster cannot be used. See the log of the region's node.",
    "CLUSTER_NOT_FOUND",
)
NO_HSM = Cause(
    "The CloudHSM cluster has no active HSM.",
    "INSUFFICIENT_CLOUDHSM_HSMS",
)
PASSWORD_INCORRECT = Cause(
    "The KeyStorePassword is not the password of the cluster's crypto user.",
    "INVALID_CREDENTIALS",
)
USER_LOCKED_OUT = Cause(
    "The crypto user of the CloudHSM cluster is locked out after too many failed logins.",
    "USER_LOCKED_OUT",
)
USER_NOT_FOUND = Cause(
    "The CloudHSM cluster has no crypto user for this key store.",
    "USER_NOT_FOUND",
)
NOT_CONNECTED = Cause("The custom key store is not connected.", "NETWORK_ERRORS")
CLUSTER_SILENT = Cause(
    "The CloudHSM cluster did not respond in time. Retry the request.",
    "NETWORK_ERRORS",
)
CLUSTER_FAILED = Cause(
    "The CloudHSM cluster could not do the operation. See the log of the region's node.",
    "INTERNAL_ERROR",
)
KEY_NOT_IN_CLUSTER = Cause(
    "The key material of this KMS key is not in its CloudHSM cluster.",
    "INTERNAL_ERROR",
)
