"""What `keytide up` shows for copying: the credentials once, and where everything is when it is ready.

Owns these texts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from services.cli.credentials import CREDENTIALS_FILE, Credentials, exports
from services.cli.up.topology import Topology


def new_credentials(
    credentials: Credentials, account: str, former: Sequence[str], topology: Topology, path: Path
) -> str:
    """The administrator's new credentials, shown this once. `former`: the access keys that were there before."""
    secret = credentials.secret.reveal().decode()
    lines = exports(credentials.access_key_id, secret, topology.door_url, topology.regions[0])
    return "\n".join(
        [
            "",
            f"{_what_was_made(account, former)} The secret is shown this once; it is kept in {path}:",
            "",
            *(f"  {line}" for line in lines),
            "",
            *(
                [
                    "The former access keys stay valid until `aws iam update-access-key` or `delete-access-key` ends "
                    f"them: {', '.join(former)}.",
                    "",
                ]
                * bool(former)
            ),
        ]
    )


def _what_was_made(account: str, former: Sequence[str]) -> str:
    if not former:
        return f"Account {account} and its administrator are made."
    return f"Account {account} was here, its credentials were not: its administrator has got a new access key."


def banner(topology: Topology, lacking: Mapping[str, str], fault: str) -> str:
    """Endpoints and two commands to try. `lacking`: regions that are not ready, and why; `fault`: of the self-test."""
    regions = topology.regions
    width = max(len("front door"), *(len(region) for region in regions))
    rows = [f"  {region:<{width}}  http://{topology.api(region)}{_why(lacking.get(region, ''))}" for region in regions]
    return "\n".join(
        [
            "",
            _headline(topology, lacking, fault),
            "",
            f"  {'front door':<{width}}  {topology.door_url}  (every region; it is read from the signature)",
            *rows,
            "",
            "Try, in another shell:",
            "",
            f"  source {topology.directory / CREDENTIALS_FILE}",
            f"  aws kms create-key --multi-region --region {regions[0]}",
            f"  aws kms list-keys --region {regions[-1]}",
            "",
        ]
    )


def _headline(topology: Topology, lacking: Mapping[str, str], fault: str) -> str:
    count = len(topology.regions)
    if not lacking and not fault:
        log = "Kafka" if topology.kafka else "embedded logs"
        return f"Keytide is ready: {count} region{'s' * (count > 1)} on {log}. Ctrl-C stops it."
    told = f"{count - len(lacking)} of {count} regions are ready. {fault}{'. ' if fault else ''}"
    return f"Keytide is up, but not whole: {told}All that works is served. Ctrl-C stops it."


def _why(reason: str) -> str:
    return f"  not ready: {reason}" if reason else ""
