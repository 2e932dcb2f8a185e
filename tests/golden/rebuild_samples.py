"""One value of every released form that rebuilds from peers have brought."""

from collections.abc import Mapping

from shared.evolve import State
from shared.rebuild import events as rebuild
from shared.rebuild.model import Forgotten, Readmission, Rebuild

LOST, PEER = "ap-southeast-2", "eu-west-1"
FORMER, PRESENT, DIGEST = b"f" * 32, b"p" * 32, b"d" * 32
TOLD = (FORMER, PRESENT, 41, DIGEST, 43, 120, 70, 1_700_000_000_000)

REBUILD_EVENTS: Mapping[str, rebuild.RebuildEvent] = {
    "event-190-peer-replaced": rebuild.PeerReplaced(LOST, b"card"),
    "event-191-region-readmitted": rebuild.RegionReadmitted(LOST, PEER, *TOLD),
    "event-192-rebuild-begun": rebuild.RebuildBegun(LOST, FORMER),
    "event-193-rebuild-ended": rebuild.RebuildEnded(LOST, 41, 7),
    "event-194-witness-forgotten": rebuild.WitnessForgotten(LOST, 120, DIGEST),
    "event-217-region-forgotten": rebuild.RegionForgotten(LOST, 120, DIGEST),
}
REBUILD_STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-rebuild": (2, Rebuild(LOST, (FORMER,), 1_700_000_000_001, 1_700_000_000_002, 41, 7), False),
    "row-forgotten": (1, Forgotten(LOST, 1_700_000_000_001), False),
    "row-readmission": (1, Readmission(LOST, PEER, 1_700_000_000_001, *TOLD), False),
}
