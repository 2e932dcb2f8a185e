"""The regions of a drill sign its report, each by its operator's command.

Owns that every region is asked, and what is said where one does not.
"""

import json

from services.drill.report import Report, as_object, report_hash
from services.drill.signed_report import Attested
from services.drill.site import Site


def attested(site: Site, report: Report) -> tuple[list[Attested], list[str]]:
    """By each region in turn, and what is said of those that do not sign."""
    digest = report_hash(as_object(report))
    words = ["--scenario", report.plan.scenario, "--report", digest, *(["--passed"] if report.passed else [])]
    signed: list[Attested] = []
    missing: list[str] = []
    for region in site.regions:
        told = site.command(region, "drill", "attest", "--region", region, *words)
        if told.status == 0:
            signed.append(Attested(**json.loads(told.text)))
        else:
            missing.append(f"{region} does not sign the report: {told.text.strip()}")
    return signed, missing
