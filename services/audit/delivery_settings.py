"""Where the trail's entries are delivered as files, in CloudTrail's layout.

Owns this object of the node's settings file. One node of a region delivers; see docs/audit.md.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from services.strict_settings import SettingsError


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Either a directory or a bucket."""

    directory: Path | None = None
    """Its own name stands for the bucket in digest files."""
    bucket: str | None = None
    """Of S3, or of whatever speaks its API."""
    endpoint: str | None = None
    """URL of that API. None: AWS's."""
    bucket_region: str = "us-east-1"
    prefix: str = ""
    trail: str = "keytide"
    """The trail's name in digest files, and in the ARN for `aws cloudtrail validate-logs`."""
    accounts: tuple[str, ...] = ()
    """Empty: every account that has entries."""
    credentials_file: Path | None = None
    """In the form of `~/.aws/credentials`. None: as the AWS SDKs find them, in the environment for one."""

    def __post_init__(self) -> None:
        if (self.directory is None) == (self.bucket is None):
            raise SettingsError("audit.delivery: needs a directory or a bucket, and not both")
        if self.prefix != self.prefix.strip("/"):
            raise SettingsError("audit.delivery.prefix: must not begin or end with /")

    def placed(self, directory: Path) -> "DeliverySettings":
        """With its files found from the node's directory."""
        own, credentials = self.directory, self.credentials_file
        return replace(
            self,
            directory=None if own is None else directory / own,
            credentials_file=None if credentials is None else directory / credentials,
        )

    @property
    def bucket_name(self) -> str:
        """As digest files name it."""
        return self.bucket or (self.directory or Path()).name
