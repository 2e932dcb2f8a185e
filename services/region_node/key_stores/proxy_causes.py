"""The one table of what goes wrong with a proxy of external key stores.

Owns the texts, which are AWS's own because clients look for them. Sources: External Key Store Proxy API Specification,
"Error codes"; AWS KMS Developer Guide, "Troubleshooting external key stores"; the API reference, ConnectionErrorCode.
"""

from collections.abc import Mapping

from services.region_node.key_stores.causes import Cause
from shared.errors import InvalidKeyState, UnsupportedOperation
from shared.key_stores.errors import (
    ExternalKeyInvalid,
    ExternalKeyNotFound,
    ProxyConfigurationInvalid,
    ProxyCredentialIncorrect,
    ProxyResponseInvalid,
    ProxyUnreachable,
)

_UNREADABLE = (
    "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report "
    "it to your external key store proxy administrator."
)

MALFORMED = Cause(_UNREADABLE, "XKS_PROXY_INVALID_RESPONSE", ProxyResponseInvalid)
TIMED_OUT = Cause(
    "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If "
    "you see this error repeatedly, report it to your external key store proxy administrator.",
    "XKS_PROXY_TIMED_OUT",
    ProxyUnreachable,
)
NO_CONNECTION = Cause(
    "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see "
    "this error repeatedly, verify that your external key store proxy is active and is connected to the network, and "
    "that its endpoint URI is correct in your external key store.",
    "XKS_PROXY_NOT_REACHABLE",
    ProxyUnreachable,
)
NO_TLS = Cause(
    "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, "
    "including its certificate.",
    "XKS_PROXY_INVALID_TLS_CONFIGURATION",
    ProxyUnreachable,
)
UNHEALTHY = Cause(
    "The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external "
    "key store proxy administrator.",
    "XKS_PROXY_NOT_REACHABLE",
    ProxyUnreachable,
)
PROXY_NOT_LISTED = Cause(
    "The operator of this region does not list this XksProxyUriEndpoint for this account, so nothing connects to it. "
    "Let the operator add it to external_key_stores in node.json.",
    "XKS_PROXY_NOT_REACHABLE",
    ProxyUnreachable,
)
FOREIGN_CIPHERTEXT = Cause(
    "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is "
    "corrupted, missing, or otherwise invalid.",
    "XKS_PROXY_INVALID_RESPONSE",
    ProxyResponseInvalid,
)

PROXY_ERRORS: Mapping[str, Cause] = {
    "ValidationException": MALFORMED,
    "InvalidStateException": Cause(
        "The external key associated with this KMS key in an external key store is not enabled in the external key "
        "manager. Enable the external key in the external key manager and retry the request.",
        "XKS_PROXY_INVALID_RESPONSE",
        ProxyResponseInvalid,
        ExternalKeyInvalid,
    ),
    "InvalidCiphertextException": Cause(
        "The external key store proxy rejected the request because the specified ciphertext or encryption context is "
        "corrupted, missing, or otherwise invalid.",
        "XKS_PROXY_INVALID_RESPONSE",
        ProxyResponseInvalid,
    ),
    "InvalidKeyUsageException": Cause(
        "The external key associated with this KMS key in an external key store does not support the requested "
        "operation. Enable the operation on the key in your external key manager, and try the request again.",
        "XKS_PROXY_INVALID_RESPONSE",
        ProxyResponseInvalid,
        ExternalKeyInvalid,
    ),
    "AuthenticationFailedException": Cause(
        "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS "
        "proxy authentication credentials for your external key store and update if necessary.",
        "INVALID_CREDENTIALS",
        ProxyCredentialIncorrect,
    ),
    "AccessDeniedException": Cause(
        "The external key store proxy denied access to the operation. Verify that the user and the external key are "
        "both authorized for this operation, and try the request again.",
        "XKS_PROXY_ACCESS_DENIED",
        ProxyUnreachable,
        InvalidKeyState,
    ),
    "KeyNotFoundException": Cause(
        "The external key associated with this KMS key in an external key store was not found in its external key "
        "manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the "
        "correct external key ID.",
        "XKS_PROXY_INVALID_RESPONSE",
        ProxyResponseInvalid,
        ExternalKeyNotFound,
    ),
    "InvalidUriPathException": Cause(
        "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for "
        "your external key store and update if necessary.",
        "XKS_PROXY_INVALID_CONFIGURATION",
        ProxyConfigurationInvalid,
    ),
    "ThrottlingException": Cause(
        "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of "
        "your calls using KMS keys in this external key store.",
        "XKS_PROXY_NOT_REACHABLE",
        ProxyUnreachable,
    ),
    "InternalException": Cause(
        "The external key store proxy rejected the request because it cannot communicate with the external key "
        "manager. Verify that the external key store proxy configuration is correct and that the external key manager "
        "is available.",
        "XKS_PROXY_INVALID_RESPONSE",
        ProxyResponseInvalid,
    ),
    "UnsupportedOperationException": Cause(
        "The external key store proxy rejected the request because it does not support the requested operation. If you "
        "see this error repeatedly, report it to your external key store proxy administrator.",
        "XKS_PROXY_INVALID_RESPONSE",
        ProxyResponseInvalid,
        UnsupportedOperation,
    ),
    "DependencyTimeoutException": Cause(
        "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you "
        "see this error repeatedly, report it to your external key store proxy administrator.",
        "XKS_PROXY_TIMED_OUT",
        ProxyUnreachable,
    ),
}
"""By the `errorName` of the proxy's answer."""
