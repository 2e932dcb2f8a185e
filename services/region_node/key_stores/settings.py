"""Which machines outside may keep keys: the operator's list in `node.json`.

Owns the two kinds of entries. Whoever may call the API names endpoints and clusters freely; a node connects to those of
this list and to nothing else. `accounts` empty: every account of the region may use the entry.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from services.strict_settings import SettingsError

ENDPOINT_PREFIX = "https://"
CLUSTER_PATTERN = re.compile(r"cluster-[2-7a-zA-Z]{11,16}")


@dataclass(frozen=True, slots=True)
class ExternalKeyStoreSettings:
    """One proxy of external key stores. The certificate's name and TLS 1.2 or newer are always required."""

    endpoint: str
    """`https://` and a host's name, as clients pass it in XksProxyUriEndpoint."""
    address: str | None = None
    """`host:port` to connect to in place of the endpoint's host and port 443."""
    certificate_authority_file: Path | None = None
    """PEM; trusted for this endpoint in place of the system's authorities."""
    vpc_endpoint_service: str | None = None
    """The one name that clients may pass in XksProxyVpcEndpointServiceName."""
    answer_milliseconds: int = 250
    """What a call may take in all; AWS KMS waits 250."""
    accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.endpoint.startswith(ENDPOINT_PREFIX) or not self.host:
            raise SettingsError(f"external_key_stores: {self.endpoint!r} is no endpoint; one looks like https://host")
        if self.answer_milliseconds < 1:
            raise SettingsError(f"external_key_stores: {self.endpoint}: answer_milliseconds must be at least 1")
        self.target()

    def placed(self, directory: Path) -> "ExternalKeyStoreSettings":
        """With its file found from the node's directory."""
        file = self.certificate_authority_file
        return self if file is None else replace(self, certificate_authority_file=directory / file)

    @property
    def host(self) -> str:
        return self.endpoint.removeprefix(ENDPOINT_PREFIX)

    def target(self) -> tuple[str, int]:
        """Where to connect. Errors: SettingsError."""
        if self.address is None:
            return self.host, 443
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= 65535:
            raise SettingsError(f"external_key_stores: {self.endpoint}: address: {self.address!r} is no host:port")
        return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True)
class HsmClusterSettings:
    """One cluster of HSMs: a token of a PKCS #11 module."""

    cluster: str
    """The id that clients pass in CloudHsmClusterId."""
    module: Path
    token_label: str
    user: str | None = None
    """Set where the module takes PINs of the form `user:password`, as AWS CloudHSM's does (`kmsuser`)."""
    trust_anchor_file: Path | None = None
    """PEM; where set, clients have to pass this certificate in TrustAnchorCertificate."""
    accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if CLUSTER_PATTERN.fullmatch(self.cluster) is None:
            raise SettingsError(f"hsm_clusters: {self.cluster!r} is no cluster; one looks like cluster-2a23b4cdefg")

    def placed(self, directory: Path) -> "HsmClusterSettings":
        """With its files found from the node's directory."""
        file = self.trust_anchor_file
        return replace(
            self, module=directory / self.module, trust_anchor_file=None if file is None else directory / file
        )


@dataclass(frozen=True, slots=True)
class OutsideMachines:
    """Everything that is listed."""

    external_key_stores: tuple[ExternalKeyStoreSettings, ...] = ()
    hsm_clusters: tuple[HsmClusterSettings, ...] = ()

    def proxy(self, account: str, endpoint: str | None) -> ExternalKeyStoreSettings | None:
        """The entry of an endpoint that `account` may use."""
        wanted = (endpoint or "").lower()
        entries = (entry for entry in self.external_key_stores if entry.endpoint.lower() == wanted)
        return next((entry for entry in entries if not entry.accounts or account in entry.accounts), None)

    def cluster(self, account: str, cluster: str | None) -> HsmClusterSettings | None:
        """The entry of a cluster that `account` may use."""
        entries = (entry for entry in self.hsm_clusters if entry.cluster == cluster)
        return next((entry for entry in entries if not entry.accounts or account in entry.accounts), None)
