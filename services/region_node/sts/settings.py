"""Which identity providers the operator lets this node believe: a list in `node.json`.

An account registers providers as it likes (CreateOpenIDConnectProvider); a node fetches keys from those of this list
and from nobody else. `accounts` empty: every account of the region may use the entry.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from services.strict_settings import SettingsError

SCHEME = "https://"


@dataclass(frozen=True, slots=True)
class IdentityProviderSettings:
    """One provider. The certificate's name and TLS 1.2 or newer are always required of it."""

    issuer: str
    """`https://…`, exactly as it stands in the claim `iss` of its tokens."""
    keys_file: Path | None = None
    """Its keys (a JSON Web Key Set), placed by the operator: then nothing is ever fetched."""
    keys_url: str | None = None
    """Where its keys are; else its discovery document says, which may name its own host alone."""
    address: str | None = None
    """`host:port` to connect to in place of the URL's host and port."""
    certificate_authority_file: Path | None = None
    """PEM; trusted for this provider in place of the system's authorities."""
    accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for url in (self.issuer, *([] if self.keys_url is None else [self.keys_url])):
            if not url.startswith(SCHEME) or not urlsplit(url).hostname or "?" in url or "#" in url:
                raise SettingsError(f"identity_providers: {url!r} is no URL of https without a query")
        if self.keys_file is not None and self.keys_url is not None:
            raise SettingsError(f"identity_providers: {self.issuer} has keys_file and keys_url; name one of them")
        self.target(self.issuer)

    def placed(self, directory: Path) -> "IdentityProviderSettings":
        """With its files found from the node's directory."""
        keys, authority = self.keys_file, self.certificate_authority_file
        return replace(
            self,
            keys_file=None if keys is None else directory / keys,
            certificate_authority_file=None if authority is None else directory / authority,
        )

    def target(self, url: str) -> tuple[str, int]:
        """Where to connect for `url`. Errors: SettingsError."""
        parts = urlsplit(url)
        if self.address is None:
            return parts.hostname or "", parts.port or 443
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= 65535:
            raise SettingsError(f"identity_providers: {self.issuer}: address: {self.address!r} is no host:port")
        return host.strip("[]"), int(port)
