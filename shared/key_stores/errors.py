"""The refusals of custom key stores: a branch of the tree in `shared/errors.py`.

Owns their AWS codes and remedies. Source: the AWS KMS API reference, "Errors" of the operations on custom key stores.
"""

from shared.errors import KeytideError


class KeyStoreRefused(KeytideError):
    """What the operations on custom key stores, and on the keys in them, refuse besides the general errors."""


class KeyStoreNotFound(KeyStoreRefused):
    """The account has no such custom key store in this region."""

    code = "CustomKeyStoreNotFoundException"
    remedy = "Check the id or name with DescribeCustomKeyStores."


class KeyStoreInvalidState(KeyStoreRefused):
    """The connection state of the custom key store does not allow the operation, or its proxy did not do its part."""

    code = "CustomKeyStoreInvalidStateException"
    remedy = "See ConnectionState and ConnectionErrorCode in DescribeCustomKeyStores."


class KeyStoreNameInUse(KeyStoreRefused):
    """Another custom key store of the account has this name."""

    code = "CustomKeyStoreNameInUseException"
    remedy = "Choose another name."


class KeyStoreHasKeys(KeyStoreRefused):
    """The custom key store still has keys."""

    code = "CustomKeyStoreHasCMKsException"
    remedy = "Schedule the deletion of its keys, and delete the store when they are gone."


class ClusterInUse(KeyStoreRefused):
    """Another custom key store of the account has this cluster."""

    code = "CloudHsmClusterInUseException"
    remedy = "Name a cluster that no other key store of the account has."


class ClusterNotFound(KeyStoreRefused):
    """The operator of the region lists no such cluster."""

    code = "CloudHsmClusterNotFoundException"
    remedy = "Let the operator list the cluster under hsm_clusters in the node's settings."


class ClusterNotRelated(KeyStoreRefused):
    """The cluster has another trust anchor than the one that the store was made with."""

    code = "CloudHsmClusterNotRelatedException"
    remedy = "Name the store's cluster, or one made from its backup."


class TrustAnchorIncorrect(KeyStoreRefused):
    """The certificate is not the trust anchor of the cluster."""

    code = "IncorrectTrustAnchorException"
    remedy = "Pass the certificate of the cluster's certificate authority, in PEM."


class ProxyUriInUse(KeyStoreRefused):
    """Another external key store of the account has this endpoint and path."""

    code = "XksProxyUriInUseException"
    remedy = "Name a path that no other key store has."


class ProxyEndpointInUse(KeyStoreRefused):
    """Another external key store of the account reaches this endpoint in another way."""

    code = "XksProxyUriEndpointInUseException"
    remedy = "Use one connectivity for one endpoint."


class ProxyUnreachable(KeyStoreRefused):
    """The proxy cannot be reached, or the operator of the region does not list it."""

    code = "XksProxyUriUnreachableException"
    remedy = "Check endpoint and proxy; let the operator list it under external_key_stores in the node's settings."


class ProxyCredentialIncorrect(KeyStoreRefused):
    """The proxy did not take the credential."""

    code = "XksProxyIncorrectAuthenticationCredentialException"
    remedy = "Pass the credential that is set up at the proxy."


class ProxyResponseInvalid(KeyStoreRefused):
    """What the proxy answered cannot be understood."""

    code = "XksProxyInvalidResponseException"
    remedy = "Report it to the proxy's administrator."


class ProxyConfigurationInvalid(KeyStoreRefused):
    """The proxy knows no such path."""

    code = "XksProxyInvalidConfigurationException"
    remedy = "Check the URI path with the proxy's administrator."


class EndpointServiceNotFound(KeyStoreRefused):
    """The operator of the region lists no such VPC endpoint service for the endpoint."""

    code = "XksProxyVpcEndpointServiceNotFoundException"
    remedy = "Use PUBLIC_ENDPOINT, or let the operator name the service in the node's settings."


class EndpointServiceInUse(KeyStoreRefused):
    """Another external key store of the account has this VPC endpoint service."""

    code = "XksProxyVpcEndpointServiceInUseException"
    remedy = "Name a service that no other key store has."


class ExternalKeyInUse(KeyStoreRefused):
    """Another key of the store has this external key."""

    code = "XksKeyAlreadyInUseException"
    remedy = "Name an external key that no other key has."


class ExternalKeyNotFound(KeyStoreRefused):
    """The proxy knows no such external key."""

    code = "XksKeyNotFoundException"
    remedy = "Check the external key's id with the proxy's administrator."


class ExternalKeyInvalid(KeyStoreRefused):
    """The external key is not one that a key may rest on."""

    code = "XksKeyInvalidConfigurationException"
    remedy = "Name an enabled AES-256 key that encrypts and decrypts."
