"""What the replicator's Unix socket understands, for both of its ends.

Owns the questions, msgpack values in the frames of `replication.feed.frames`: ["submit", [until, draft]], ["status",
None], ["barrier", [position, regions, until]], ["adopted", [partition, number, how many, which regions, until]],
["follow", partition], ["held", [partition, sequence]] and
["operate", [verb, {argument: value}]], whose verbs are those of `operator/questions.py`. `until` is the asker's
deadline on the monotonic clock, which all processes of a machine share: a question that was read too late is not
carried out, for nobody waits for it any more.
"""

from typing import Final

SUBMIT: Final = "submit"
STATUS: Final = "status"
OPERATE: Final = "operate"
BARRIER: Final = "barrier"
ADOPTED: Final = "adopted"
FOLLOW: Final = "follow"
HELD: Final = "held"

SUBMIT_SECONDS: Final = 15.0
"""So long a worker waits for the verdict on a change."""
HEADWAY_SECONDS: Final = 0.5
"""So much earlier the replicator gives up, so that its answer, which knows more, is heard."""
