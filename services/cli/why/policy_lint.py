"""`keytide policy lint`: what is dangerous, wrong or of no use in policies and grants.

Owns what is looked at, how findings are told, and the exit status.
"""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import orjson

from replication.state.state_store import StoreFailed
from replication.state.view import SnapshotView
from services.cli.faults import CannotStart
from services.cli.printing import print_lines
from services.cli.region_state import nodes_in
from services.cli.regions_directory import founded
from services.clock import now_milliseconds
from services.region_node.decisions.segments import recorded_in
from services.region_node.settings.settings import NodeSettings
from services.review.asked_again import region_of
from services.review.keys_named import NotThere, key_named
from services.review.known_names import known_in
from services.review.linted import Used, counts, findings_of_account, findings_of_key, used_in
from services.review.region_views import view_of_now
from shared.errors import KeytideError
from shared.policy.lint.lint import lint
from shared.policy.lint.model import WHOLE, Finding, Severity
from shared.policy.question import PolicyKind, PolicyText

_KINDS = {"key": PolicyKind.RESOURCE, "identity": PolicyKind.IDENTITY, "trust": PolicyKind.TRUST}


def main(given: Namespace) -> int:
    """1 for findings at or above `--fail-on`, else 0. Errors: CannotStart; NotThere; OSError for the file."""
    try:
        findings = list(_findings(given))
    except (StoreFailed, KeytideError) as error:
        raise CannotStart(f"the state cannot be read: {error}") from error
    if given.json:
        told = [{**finding._asdict(), "severity": finding.severity.name.lower()} for finding in findings]
        print(orjson.dumps(told).decode())
    else:
        print_lines(_lines(findings))
    return int(any(finding.severity >= Severity[given.fail_on.upper()] for finding in findings))


def _findings(given: Namespace) -> Iterator[Finding]:
    if given.file is not None:
        yield from _of_file(given)
    elif given.key:
        yield from _of_key(given)
    else:
        yield from _of_all(given)


def _of_key(given: Namespace) -> Iterator[Finding]:
    """In every region that holds it. Errors: NotThere where none does."""
    missing: NotThere | None = None
    held = False
    for settings in nodes_in(given.directory, given.region or region_of(given.key)):
        used = used_in(recorded_in(settings.decisions_directory))
        with view_of_now(settings, now_milliseconds()) as view:
            try:
                key = key_named(view, settings.region, given.key, given.account)
            except NotThere as error:
                missing = error
                continue
            held = True
            yield from findings_of_key(view, settings.region, key, used)
    if missing is not None and not held:
        raise missing


def _of_all(given: Namespace) -> Iterator[Finding]:
    for number, settings in enumerate(nodes_in(given.directory, given.region)):
        used = used_in(recorded_in(settings.decisions_directory))
        with view_of_now(settings, now_milliseconds()) as view:
            yield from _of_keys(view, settings, used)
            if number == 0:  # accounts are the same in every region
                for account in view.accounts():
                    yield from findings_of_account(view, account.account)


def _of_keys(view: SnapshotView, settings: NodeSettings, used: Used) -> Iterator[Finding]:
    for account in view.accounts():
        for key in view.keys(account.account, ""):
            if key.state is not None:
                yield from findings_of_key(view, settings.region, key, used)


def _of_file(given: Namespace) -> Iterator[Finding]:
    """Principals are looked up where the directory holds a region."""
    path: Path = given.file
    policy = PolicyText(_KINDS[given.kind], str(path), path.read_text(errors="replace"))
    if founded(given.directory) is None:
        yield from lint(policy, given.account or "", "", known_in(None))
        return
    with view_of_now(next(nodes_in(given.directory, given.region)), now_milliseconds()) as view:
        yield from lint(policy, given.account or "", "", known_in(view))


def _lines(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        yield "nothing is found"
        return
    for finding in findings:
        sid = f" ({finding.sid})" if finding.sid else ""
        where = "" if finding.place == WHOLE else f", statement {finding.place + 1}{sid}"
        yield f"{finding.severity.name:6}  {finding.check}: {finding.policy}{where}"
        yield f"        {finding.says}"
        yield f"        -> {finding.remedy}"
    yield ", ".join(f"{count} {severity}" for severity, count in counts(findings).items())
