"""A region whose trail has nine entries of the caller's account, and one of another's; and questions to it."""

from pathlib import Path

import orjson

from services.audit.reading import TrailReader
from services.region_node.requests.arrived import Answered
from tests.replication.written_log import ACCOUNT, HOME
from tests.services.audit.making import Chaining, batch, entry, key_arn, opened
from tests.services.region_node.kept_entries import KeptEntries
from tests.services.region_node.serving_region import ACCESS_KEY_ID, ServingRegion
from tests.services.region_node.wire.signed_requests import sign

PREFIX = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
TARGET = f"{PREFIX}LookupEvents"
SECOND = 1_700_000_000
ENTRIES = [
    entry(
        number,
        time=SECOND * 1000 + number * 1000,
        account=ACCOUNT,
        operation="Decrypt" if number % 2 else "Encrypt",
        resources=(key_arn(number % 3, ACCOUNT),),
        error=("AccessDeniedException", "no") if number == 5 else None,
    )
    for number in range(9)
]
OTHERS = entry(9, account="999999999999")


class Asking(ServingRegion):
    """A region whose trail has nine entries of the caller's account, and one of another's."""

    def __init__(self, directory: Path) -> None:
        self.kept = KeptEntries()
        super().__init__(audited=self.kept.audited())
        chaining, writer = Chaining(), opened(directory)
        writer.ingest(batch([chaining.frame(*ENTRIES[:5]), chaining.frame(*ENTRIES[5:], OTHERS)]))
        writer.close()
        self.pipeline._region = self.pipeline._region._replace(trail=TrailReader(directory))

    async def look(self, service: str = "cloudtrail", target: str = TARGET, /, **parameters: object) -> Answered:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        body = orjson.dumps(parameters)
        return await self.send(sign(body, headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID, service=service))

    async def found(self, **parameters: object) -> list[str]:
        """The request ids of what was found."""
        answer = await self.look(**parameters)
        assert answer.status == 200, answer.body
        return [orjson.loads(event["CloudTrailEvent"])["requestID"] for event in orjson.loads(answer.body)["Events"]]
