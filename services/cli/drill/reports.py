"""`keytide drill list`, `verify` and `attest`: scenarios before a drill, and reports after it."""

import asyncio
import json
from argparse import Namespace
from collections.abc import Iterator

from services.cli.columns import show as show_rows
from services.cli.operated_regions import OperatedRegions
from services.cli.proofs.receipt import identities_of, placed_in
from services.drill.scenarios import SCENARIOS
from services.drill.signed_report import Verified, verify_signed
from services.region_node.operator.questions import Verb, ask
from shared.crypto.region_card import fingerprint
from shared.times import instant


def list_scenarios(arguments: Namespace) -> None:
    """Names, what is broken, and what it needs."""
    rows = [
        {
            "scenario": name,
            "breaks": one.help,
            "needs": one.needs or "",
            "expects": [expected.text for expected in one.expects],
        }
        for name, one in SCENARIOS.items()
    ]
    show_rows(rows, as_json=arguments.json, nothing="", wide=frozenset({"expects"}))


def verify(arguments: Namespace) -> int:
    """0: signed by all its regions, and passed; 1: it failed, or there are `--cards` and one is missing.

    Errors: NotAReport, CannotStart, OSError.
    """
    believed = identities_of(placed_in(arguments.cards)) if arguments.cards is not None else {}
    verified = verify_signed(arguments.file.read_bytes(), believed)
    print("\n".join(_lines(verified, compares=arguments.cards is not None)))
    return int(not verified.report["passed"] or (arguments.cards is not None and bool(verified.strangers)))


def attest(arguments: Namespace) -> None:
    """Print the region's statement and its card. Errors: those of `ask`, CannotStart."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    statement = asyncio.run(
        ask(
            settings,
            Verb.ATTEST_DRILL,
            scenario=arguments.scenario,
            report=arguments.report,
            passed=int(arguments.passed),
        )
    )
    print(json.dumps({"statement": statement, "card": settings.card_file.read_bytes().hex()}))


def _lines(verified: Verified, *, compares: bool) -> Iterator[str]:
    report = verified.report
    yield f"{report['plan']['scenario']}, {'passed' if report['passed'] else 'FAILED'}; signed by"
    for one in verified.statements:
        yield f"  {one.region} at {instant(one.time)}, {fingerprint(verified.identities[one.region])}"
    for one in report["expectations"]:
        if one["found"]:
            yield f"  no: {one['expectation']}: {one['found']}"
    if verified.strangers:
        strangers = ", ".join(verified.strangers)
        mend = (
            "place them in --cards once you have compared them"
            if compares
            else "compare them, or name yours with --cards"
        )
        yield f"The cards of {strangers} came with the report: {mend}."
