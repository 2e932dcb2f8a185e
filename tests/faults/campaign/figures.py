"""The figures of a campaign, for people and as JSON.

Owns what is computed of its findings, and the two forms.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from services.drill.calls import Outcome
from services.drill.figures import longest_pause, success_share
from tests.faults.campaign.calls import Call
from tests.faults.campaign.campaign import Findings
from tests.faults.campaign.stage import Stage


class Row(NamedTuple):
    """One stage. Shares: 0 to 1, of single attempts, without any retry; None where there was no call. Times: seconds.

    `ok` counts an Encrypt that was refused since its key is disabled: it was answered. `surviving`: of cryptography,
    while the fault lasts, in all regions that it does not silence; `hit`: in the region that is hit. `crypto_pause`,
    `write_pause`: the longest time without a success there, from the fault to the end. `catch_up`: from the mending to
    the first change that is seen elsewhere.
    """

    fault: str
    region: str
    ok: int
    refused: int
    unknown: int
    surviving: float | None
    hit: float | None
    crypto_pause: float
    write_pause: float
    catch_up: float | None


class Spread(NamedTuple):
    """Milliseconds, of so many samples."""

    p50: float
    p99: float
    samples: int


def row_of(stage: Stage, calls: Sequence[Call]) -> Row:
    of_stage = [call for call in calls if stage.started <= call.began <= stage.ended]
    counts = Counter(Outcome.OK if call.saw else call.outcome for call in of_stage if not call.steady)
    steady = [call for call in of_stage if call.steady]
    during = [call for call in steady if stage.began <= call.ended and call.began <= stage.mended]
    here = [call for call in of_stage if call.region == stage.region]
    whole = stage.fault.name == "everything killed"
    spared = [call for call in during if not stage.fault.silences or (call.region != stage.region and not whole)]
    writes = [call for call in here if call.wrote is not None]
    ciphers = [call for call in here if call.steady]
    seen = [sample.seen - stage.mended for sample in stage.samples if sample.seen > stage.mended]
    return Row(
        stage.fault.name,
        stage.region,
        counts[Outcome.OK],
        counts[Outcome.REFUSED],
        counts[Outcome.UNKNOWN],
        success_share(spared),
        success_share([call for call in during if call.region == stage.region]),
        longest_pause(ciphers, stage.began, stage.ended),
        longest_pause(writes, stage.began, stage.ended),
        min(seen) if seen else None,
    )


def spread(delays: Sequence[float]) -> Spread | None:
    ordered = sorted(delays)
    if not ordered:
        return None
    at = min(len(ordered) - 1, int(len(ordered) * 0.99))
    return Spread(ordered[len(ordered) // 2] * 1000, ordered[at] * 1000, len(ordered))


def delays(findings: Findings) -> dict[str, Spread | None]:
    """Healthy: without a fault, or before one. After a cut: of changes made once the link was mended."""
    healthy = [
        sample.delay
        for stage in findings.stages
        for sample in stage.samples
        if stage.fault.name == "none" or sample.seen < stage.began
    ]
    after = [
        sample.delay
        for stage in findings.stages
        for sample in stage.samples
        if stage.fault.name == "region cut off" and sample.acknowledged > stage.mended
    ]
    return {"healthy": spread(healthy), "after a cut": spread(after)}


def measured(findings: Findings) -> dict[str, list[float]]:
    """What faults have measured, each time, in their order."""
    found: dict[str, list[float]] = defaultdict(list)
    for stage in findings.stages:
        for name, took in stage.measured.items():
            found[name].append(took)
    return found


def violations(findings: Findings, rows: Sequence[Row]) -> dict[str, list[str]]:
    """What must not be: by its name, each instance. All of them empty in a campaign that has passed."""
    judgement = findings.judgement
    return {
        "acknowledged writes lost": judgement.lost,
        "changes done twice": judgement.repeated,
        "refused changes in effect": judgement.refused_in_effect,
        "histories not linearizable": judgement.not_linearizable,
        "differences between regions": [what for stage in findings.stages for what in stage.differing],
        "partitions rebuilt otherwise": findings.rebuilt_otherwise,
        "keys with two primaries": findings.keys.two_primaries,
        "secrets that a log shows": findings.keys.shown,
        "findings of keytide verify": findings.verify_output.splitlines(),
        "faults with failed cryptography in a surviving region": [
            row.fault for row in rows if row.surviving is not None and row.surviving < 1
        ],
    }


def as_object(findings: Findings, plan: dict[str, Any], machine: str) -> dict[str, Any]:
    """For `--json`."""
    rows = [row_of(stage, findings.calls) for stage in findings.stages]
    return {
        "machine": machine,
        "plan": plan,
        "log": "kafka" if findings.kafka else "embedded",
        "measured_seconds": measured(findings),
        "faults": [row._asdict() for row in rows],
        "delays_milliseconds": {name: found and found._asdict() for name, found in delays(findings).items()},
        "calls": len(findings.calls),
        "unknown_in_effect": findings.judgement.unknown_in_effect,
        "unknown_never": findings.judgement.unknown_never,
        "violations": violations(findings, rows),
        "left_out": findings.left_out,
    }
