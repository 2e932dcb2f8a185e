"""Whether a log extends a head that its region has signed, found by reading it.

Owns the way for heads of so long ago that the state remembers no running hash of them. The log is read with the scrub's
own verdicts, from its beginning, and nothing is folded.
"""

import asyncio

from replication.fold.materializer import Identity
from replication.log.event_log import EventLog
from replication.records.position import Head
from replication.scrub.local import Known, LocalScrub
from replication.verify.findings import Kind
from replication.witness.witness_rule import Found

READ_MOST = 500


async def read_extension(log: EventLog, identity: Identity, partition: int, signed: Head) -> Found:
    """EXTENDS, FORKED or SHORT, for the log as it ends now. Errors: LogError."""
    kinds: list[Kind] = []
    scrub = LocalScrub(identity, partition, Known(signed, 0), lambda kind, _detail: kinds.append(kind))
    end, position = await log.end(partition), 0
    while position < end and not scrub.is_through and (entries := await log.read(partition, position, READ_MOST)):
        for entry in entries:
            scrub.take(entry)
        position = entries[-1].position + 1
        await asyncio.sleep(0)  # what others ask of this process takes its turn
    if Kind.HEAD in kinds:
        return Found.FORKED
    return Found.EXTENDS if scrub.sequence >= signed.sequence else Found.SHORT
