"""The administrator's credentials file, `credentials.env`, to be sourced by a shell.

Owns its form: `export NAME=value` lines, mode 0600. The secret stands nowhere else on disk in clear.
"""

import re
from pathlib import Path
from typing import NamedTuple

from services.durable_file import replace_file
from shared.secrets import Secret

CREDENTIALS_FILE = "credentials.env"
SERVICES = ("KMS", "STS", "IAM", "CLOUDTRAIL")
"""Those that the endpoint answers."""
_LINE = re.compile(r"export (AWS_[A-Z_]+)=(\S*)")
_ID, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"


class Credentials(NamedTuple):
    """An access key."""

    access_key_id: str
    secret: Secret


def read_credentials(directory: Path) -> Credentials | None:
    """The credentials in `directory`, or None where there are none yet."""
    path = directory / CREDENTIALS_FILE
    return parse_credentials(path.read_text()) if path.exists() else None


def parse_credentials(text: str) -> Credentials | None:
    """What a file of this form says; None where it is not whole."""
    values = dict(_LINE.findall(text))
    if not values.get(_ID) or not values.get(_SECRET):
        return None
    return Credentials(values[_ID], Secret(values[_SECRET].encode()))


def write_credentials(directory: Path, credentials: Credentials, endpoint: str, region: str) -> Path:
    """Write the file, whole or not at all, and return its path."""
    path = directory / CREDENTIALS_FILE
    secret = credentials.secret.reveal().decode()
    lines = [*exports(credentials.access_key_id, secret, endpoint, region), ""]
    replace_file(path, "\n".join(lines).encode())
    return path


def exports(access_key_id: str, secret: str, endpoint: str, region: str) -> list[str]:
    """The lines that set a shell up for the AWS SDKs and the AWS CLI."""
    return [
        f"export {_ID}={access_key_id}",
        f"export {_SECRET}={secret}",
        f"export AWS_DEFAULT_REGION={region}",
        *(f"export AWS_ENDPOINT_URL_{service}={endpoint}" for service in SERVICES),
    ]
