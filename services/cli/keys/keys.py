"""`keytide key`: multi-region keys that begin with their replicas, new ones and converted ones.

Owns what is asked of the region, and how the answer reads.
"""

from argparse import Namespace
from typing import Any

from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.cli.signed_request import Asked, ask, credentials_in
from shared.keys.replicas_tag import REPLICAS_TAG

ANSWER_SECONDS = 30
ARN_PARTS = 6


def create(arguments: Namespace) -> int:
    """0: made. Errors: CannotStart with the text of a refusal."""
    body: dict[str, object] = {"MultiRegion": True, "Description": arguments.description}
    body |= {name: value for name, value in (("KeySpec", arguments.spec), ("KeyUsage", arguments.usage)) if value}
    if arguments.replicas:
        body["Tags"] = [{"TagKey": REPLICAS_TAG, "TagValue": " ".join(arguments.replicas)}]
    _print(_asked(arguments, arguments.region, "TrentService.CreateKey", body))
    return 0


def convert(arguments: Namespace) -> int:
    """0: made. Errors: CannotStart with the text of a refusal, or where the key's region is not said."""
    body = {"KeyId": arguments.key, "ReplicaRegions": list(arguments.replicas)}
    _print(_asked(arguments, _region_of(arguments), "Keytide.ConvertKey", body))
    return 0


def _region_of(arguments: Namespace) -> str:
    parts = arguments.key.split(":")
    if len(parts) == ARN_PARTS and parts[3]:
        return str(parts[3])
    if arguments.region is None:
        raise CannotStart(f"in which region is {arguments.key}? Say its ARN, or --region")
    return str(arguments.region)


def _asked(arguments: Namespace, region: str, target: str, body: dict[str, object]) -> dict[str, Any]:
    endpoint = OperatedRegions(arguments.directory).endpoint(region)
    answer = ask(Asked(endpoint, region, target), credentials_in(arguments.directory), body, ANSWER_SECONDS)
    metadata: dict[str, Any] = answer["KeyMetadata"]
    return metadata


def _print(metadata: dict[str, Any]) -> None:
    """The ARN of the primary, then those of its replicas."""
    print(metadata["Arn"])
    for replica in metadata["MultiRegionConfiguration"]["ReplicaKeys"]:
        print(replica["Arn"])
