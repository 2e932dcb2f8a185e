"""A fixed history of a drill, as a basis for figures, reports and pages."""

from services.drill.calls import Call, Kind, Outcome
from services.drill.expectations import Limits
from services.drill.figures import History
from services.drill.report import Plan, Report, report_of
from services.drill.scenarios import SCENARIOS
from services.drill.writes import Write

REGIONS = HOME, PEER = ("us-east-1", "eu-west-1")
FAULT, MENDED, ENDED = 2.0, 5.0, 8.0
COMMON_KEY = "mrk-common"
PLAN = Plan("region-loss", "regions of its own", "embedded", 1_700_000_000_000, 2.0, Limits(10.0, 1.0))
TIMELINE = ((0.0, "the load begins"), (2.0, "us-east-1 is lost"))


def call(region: str, kind: Kind, ended: float, code: str = "", outcome: Outcome = Outcome.REFUSED) -> Call:
    """A success where `code` is empty."""
    return Call(region, kind, "Operation", ended - 0.1, ended, outcome if code else Outcome.OK, code)


def common(number: int, acknowledged: float | None, region: str = HOME) -> Write:
    return Write(COMMON_KEY, region, Kind.COMMON, str(number), acknowledged)


CALLS = (
    *(call(PEER, Kind.CRYPTOGRAPHY, second + 0.5) for second in range(8)),
    call(HOME, Kind.CRYPTOGRAPHY, 0.5),
    call(HOME, Kind.CRYPTOGRAPHY, 1.5),
    *(call(HOME, Kind.CRYPTOGRAPHY, second + 0.5, "ConnectionRefusedError") for second in (2, 3, 4)),
    call(HOME, Kind.CRYPTOGRAPHY, 5.5),
    call(HOME, Kind.COMMON, 1.8),
    call(HOME, Kind.COMMON, 2.5, "TimeoutError", Outcome.UNKNOWN),
    call(PEER, Kind.COMMON, 4.5),
    call(PEER, Kind.COMMON, 7.5),
)
WRITES = (
    Write("key-1", HOME, Kind.CHANGES, "Enabled", 1.0),
    Write("key-1", HOME, Kind.CHANGES, "Disabled", 1.5),
    Write("mrk-1", PEER, Kind.SYNCHRONOUS, "Enabled", 1.2),
    common(1, 1.4),
    common(2, 1.8),
    common(3, None),
    common(4, 4.5, PEER),
    common(5, 7.5, PEER),
)
FOUND = {"key-1": "Disabled", "mrk-1": "Enabled", COMMON_KEY: "5"}


def history(**changed: object) -> History:
    """In which nothing is lost, unless `changed` says otherwise."""
    fields: dict[str, object] = {
        "regions": REGIONS,
        "hit": HOME,
        "fault": FAULT,
        "mended": MENDED,
        "ended": ENDED,
        "level": 5.25,
        "calls": CALLS,
        "writes": WRITES,
        "found": FOUND,
        "survived": "1",
        "overtaken": 1,
    }
    return History(**{**fields, **changed})  # type: ignore[arg-type]


def report(plan: Plan = PLAN, **changed: object) -> Report:
    return report_of(plan, SCENARIOS[plan.scenario], history(**changed), TIMELINE)
