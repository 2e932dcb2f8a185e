"""`keytide policy replay`: which recorded calls on a key would be answered otherwise under a draft of its policy.

Owns reading the draft as PutKeyPolicy would, and how the flips are told.
"""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from replication.state.state_store import StoreFailed
from services.cli.faults import CannotStart
from services.cli.printing import json_line, print_lines
from services.cli.region_state import nodes_in
from services.clock import now_milliseconds
from services.region_node.decisions.record import Recorded
from services.region_node.decisions.segments import recorded_in
from services.review import times
from services.review.asked_again import region_of
from services.review.keys_named import key_named
from services.review.region_views import view_of_now
from services.review.replayed import EXAMPLES, Flip, Summary, replayed, summary_of
from shared.errors import KeytideError, LimitExceeded, MalformedPolicy
from shared.identifiers import key_arn
from shared.policy.document import key_policy
from shared.policy.parser import parse
from shared.policy.why.model import plain


def main(given: Namespace) -> int:
    """1 where a call would flip, else 0. Errors: CannotStart; NotThere; OSError for the draft."""
    since = _since(given.since)
    draft = _draft(given.draft)
    settings = next(nodes_in(given.directory, given.region or region_of(given.key)))
    decisions = _since_then(recorded_in(settings.decisions_directory), since)
    try:
        with view_of_now(settings, now_milliseconds()) as view:
            key = key_named(view, settings.region, given.key, None)
            arn = key_arn(settings.region, key.account, key.key_id)
            summary = summary_of(replayed(decisions, view, arn, key_policy(arn, key.account, draft)))
    except (StoreFailed, KeytideError) as error:
        raise CannotStart(f"{settings.region} cannot be read: {error}") from error
    print_lines([json_line(plain(summary))] if given.json else _lines(arn, summary))
    return int(bool(summary.flips))


def _since(text: str | None) -> int:
    since = 0 if text is None else times.read(text)
    if since is None:
        raise CannotStart(f"--since: {text!r} is no time; one looks like 2026-11-26T19:00:00Z")
    return since


def _draft(path: Path) -> str:
    text = path.read_text(errors="replace")
    try:
        parse(text)
    except (MalformedPolicy, LimitExceeded) as error:
        raise CannotStart(f"{path}: {error.message}") from error
    return text


def _since_then(decisions: Iterator[Recorded], since: int) -> Iterator[Recorded]:
    return (recorded for recorded in decisions if recorded.time >= since)


def _lines(arn: str, summary: Summary) -> Iterator[str]:
    flips = {flip: sum(one.calls for one in summary.flips if one.kind.flip is flip) for flip in Flip}
    yield f"{arn}: {summary.calls} recorded calls"
    yield f"  {flips[Flip.TO_DENIED]} would be denied, {flips[Flip.TO_ALLOWED]} would be allowed"
    if summary.changed:
        yield f"  {summary.changed} are answered otherwise than then already under the policy of now"
    if summary.gone:
        yield f"  {summary.gone} are of principals that are not there any more"
    for tally in summary.flips:
        kind = tally.kind
        yield ""
        yield f"{kind.flip.value}: {tally.calls} of {kind.action} by {kind.principal}"
        yield f"  under the draft: {kind.because}"
        yield f"  such as {', '.join(tally.request_ids[:EXAMPLES])}"
