"""The regions of a drill sign its report, each by its operator's command.

Owns that every region is asked, and what is said where one does not.
"""

import json

from services.drill.faults import CannotDrill
from services.drill.report import Report, as_object, report_hash
from services.drill.signed_report import Attested
from services.drill.site import Site


def attested(site: Site, report: Report) -> list[Attested]:
    """By each region in turn. Errors: CannotDrill."""
    digest = report_hash(as_object(report))
    words = ["--scenario", report.plan.scenario, "--report", digest, *(["--passed"] if report.passed else [])]
    return [_of_region(site, region, words) for region in site.regions]


def _of_region(site: Site, region: str, words: list[str]) -> Attested:
    told = site.command(region, "drill", "attest", "--region", region, *words)
    if told.status != 0:
        raise CannotDrill(f"{region} does not sign the report: {told.text.strip()}")
    return Attested(**json.loads(told.text))
