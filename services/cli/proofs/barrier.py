"""`keytide barrier`: wait until regions have adopted a change, and keep the receipt.

Owns what is asked, and how the answer reads.
"""

from argparse import Namespace

from replication.records.told_position import split_position
from services.cli.faults import CannotStart
from services.cli.region_state import nodes_in
from services.cli.signed_request import Asked, ask, credentials_in
from services.durable_file import replace_file


def main(arguments: Namespace) -> int:
    """0: reached; 1: not. Errors: those of `services/cli/faults.py`."""
    region = _region_of(arguments.position)
    endpoint, credentials = _endpoint(arguments, region), credentials_in(arguments.directory)
    answer = ask(Asked(endpoint, region, "Keytide.Barrier"), credentials, _body(arguments), arguments.timeout)
    for reached in answer["Regions"]:
        print(f"{reached['Region']} has adopted it within {reached['DelayMilliseconds']} ms")
    if arguments.file is None:
        print(answer["Receipt"])
    else:
        replace_file(arguments.file, answer["Receipt"].encode() + b"\n")
        print(f"the receipt is in {arguments.file}")
    return 0


def _body(arguments: Namespace) -> dict[str, object]:
    body: dict[str, object] = {"Position": arguments.position, "TimeoutSeconds": arguments.timeout}
    return {**body, "Regions": arguments.regions.split(",")} if arguments.regions else body


def _region_of(position: str) -> str:
    try:
        return split_position(position)[0].region
    except ValueError as error:
        raise CannotStart(f"{position}: {error}; pass what the header x-keytide-position said") from None


def _endpoint(arguments: Namespace, region: str) -> str:
    if arguments.endpoint is not None:
        return str(arguments.endpoint).rstrip("/")
    return next(f"http://{settings.api}" for settings in nodes_in(arguments.directory, region))
